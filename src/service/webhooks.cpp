#include "service/webhooks.hpp"

namespace pictor::service {

using domain::Delivery;
using domain::DeliveryId;
using domain::Principal;
using domain::Webhook;
using domain::WebhookFields;
using domain::WebhookId;

Result<void> check_target(domain::HttpPoster& poster, const std::string& url, const std::string& pointer) {
  Result<void> checked = poster.check(url);
  if (!checked) {
    Error error = checked.error();
    error.fields.push_back({pointer, error.public_message});
    return fail(std::move(error));
  }
  return checked;
}

Result<Webhooks::WithSecret> Webhooks::create(const Principal& who, const Json& body) {
  Result<WebhookFields> fields = domain::parse_new_webhook(body);
  if (!fields) {
    return fail(fields.error());
  }
  if (Result<void> checked = check_target(poster_, *fields->url, "/url"); !checked) {
    return fail(checked.error());
  }
  WithSecret made;
  made.webhook.id = WebhookId::make(clock_.now());
  made.webhook.account = who.account;
  made.webhook.url = *std::move(fields->url);
  made.webhook.events = *std::move(fields->events);
  made.webhook.description = fields->description.value_or("");
  made.webhook.created_at = clock_.now();
  made.secret = domain::new_webhook_secret();
  if (Result<void> stored = store_.create(made.webhook, made.secret); !stored) {
    return fail(stored.error());
  }
  return made;
}

Result<Webhook> Webhooks::find(const Principal& who, const std::string& id) {
  const Result<WebhookId> webhook = WebhookId::parse(id);
  return webhook ? store_.find(who.account, *webhook) : fail(webhook.error());
}

Result<domain::Page<Webhook>> Webhooks::list(const Principal& who, const domain::PageRequest& page) {
  return store_.list(who.account, page);
}

Result<Webhook> Webhooks::update(const Principal& who, const std::string& id, const Json& body) {
  const Result<WebhookId> webhook = WebhookId::parse(id);
  if (!webhook) {
    return fail(webhook.error());
  }
  // First of all whether it is there: an id of another account tells nothing, not even about the body.
  if (const Result<Webhook> found = store_.find(who.account, *webhook); !found) {
    return found;
  }
  const Result<WebhookFields> fields = domain::parse_webhook_changes(body);
  if (!fields) {
    return fail(fields.error());
  }
  if (fields->url) {
    if (Result<void> checked = check_target(poster_, *fields->url, "/url"); !checked) {
      return fail(checked.error());
    }
  }
  return store_.update(who.account, *webhook, *fields, clock_.now());
}

Result<void> Webhooks::remove(const Principal& who, const std::string& id) {
  const Result<WebhookId> webhook = WebhookId::parse(id);
  return webhook ? store_.remove(who.account, *webhook) : fail(webhook.error());
}

Result<Webhooks::WithSecret> Webhooks::rotate(const Principal& who, const std::string& id) {
  const Result<WebhookId> webhook = WebhookId::parse(id);
  if (!webhook) {
    return fail(webhook.error());
  }
  std::string secret = domain::new_webhook_secret();
  Result<Webhook> rotated = store_.rotate(who.account, *webhook, secret, clock_.now() + overlap_);
  if (!rotated) {
    return fail(rotated.error());
  }
  return WithSecret{*std::move(rotated), std::move(secret)};
}

Result<Delivery> Webhooks::send_test(const Principal& who, const std::string& id) {
  const Result<WebhookId> webhook = WebhookId::parse(id);
  if (!webhook) {
    return fail(webhook.error());
  }
  Result<Delivery> made = store_.send_test(who.account, *webhook, clock_.now());
  tell_due();
  return made;
}

Result<domain::Page<Delivery>> Webhooks::deliveries(const Principal& who, const std::string& id,
                                                    const domain::PageRequest& page) {
  const Result<WebhookId> webhook = WebhookId::parse(id);
  if (!webhook) {
    return fail(webhook.error());
  }
  return store_.deliveries(who.account, *webhook, page);
}

Result<Delivery> Webhooks::redeliver(const Principal& who, const std::string& id, const std::string& delivery) {
  const Result<WebhookId> webhook = WebhookId::parse(id);
  const Result<DeliveryId> sent = DeliveryId::parse(delivery);
  if (!webhook || !sent) {
    return fail_not_found();
  }
  Result<Delivery> made = store_.redeliver(who.account, *webhook, *sent, clock_.now());
  tell_due();
  return made;
}

Result<domain::Page<Delivery>> Webhooks::callback_deliveries(const Principal& who, const domain::JobId& job,
                                                             const domain::PageRequest& page) {
  return store_.callback_deliveries(who.account, job, page);
}

Result<Delivery> Webhooks::redeliver_callback(const Principal& who, const domain::Job& job) {
  if (job.callback.empty()) {
    return fail_field("/jobId", "This job was started without a callbackUrl.");
  }
  if (!domain::is_final(job.status)) {
    return fail_field("/jobId", "This job is not over yet: its callback is sent at its end.");
  }
  Result<Delivery> made = store_.redeliver_callback(who.account, job.id, clock_.now());
  tell_due();
  return made;
}

Result<std::string> Webhooks::make_signing_secret(const Principal& who) {
  std::string secret = domain::new_webhook_secret();
  if (Result<void> stored = store_.set_signing_secret(who.account, secret, clock_.now() + overlap_); !stored) {
    return fail(stored.error());
  }
  return secret;
}

void Webhooks::tell_due() const {
  if (on_due_) {
    on_due_();
  }
}

}  // namespace pictor::service
