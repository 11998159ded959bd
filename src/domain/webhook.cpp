#include "domain/webhook.hpp"

#include <algorithm>
#include <utility>

#include "base/encoding.hpp"
#include "base/hash.hpp"
#include "domain/checked_object.hpp"

namespace pictor::domain {
namespace {

constexpr std::size_t kMaxUrl = 2'048;
constexpr std::size_t kMaxDescription = 500;
constexpr std::string_view kSecretPrefix = "whsec_";
constexpr std::array kStatuses = {
    std::pair{DeliveryStatus::kPending, std::string_view("pending")},
    std::pair{DeliveryStatus::kDelivered, std::string_view("delivered")},
    std::pair{DeliveryStatus::kFailed, std::string_view("failed")},
    std::pair{DeliveryStatus::kCancelled, std::string_view("cancelled")},
};

std::string listed_events() {
  std::string list;
  for (const std::string_view event : kWebhookEvents) {
    list += (list.empty() ? "" : ", ") + std::string(event);
  }
  return list;
}

void read_events(CheckedObject& object, WebhookFields& fields) {
  fields.events = object.texts("events", kWebhookEvents.size(), 64);
  if (!fields.events) {
    return;
  }
  std::vector<std::string> distinct;
  for (const std::string& event : *fields.events) {
    if (std::find(kWebhookEvents.begin(), kWebhookEvents.end(), event) == kWebhookEvents.end()) {
      object.add_fault("events", "\"" + event + "\" is not one of: " + listed_events() + ".");
    } else if (std::find(distinct.begin(), distinct.end(), event) == distinct.end()) {
      distinct.push_back(event);
    }
  }
  if (fields.events->empty()) {
    object.add_fault("events", "This must name at least one of: " + listed_events() + ".");
  }
  fields.events = std::move(distinct);
}

WebhookFields read_fields(CheckedObject& object) {
  WebhookFields fields;
  fields.url = object.text("url", kMaxUrl, 1);
  read_events(object, fields);
  fields.description = object.text("description", kMaxDescription);
  return fields;
}

Json time_or_null(const std::optional<Timestamp>& time) { return time ? Json(format_timestamp(*time)) : Json(nullptr); }

}  // namespace

Json to_api_json(const Webhook& webhook) {
  return {{"id", webhook.id.str()},
          {"url", webhook.url},
          {"events", webhook.events},
          {"description", webhook.description},
          {"active", webhook.active},
          {"disabledReason", webhook.disabled_reason.empty() ? Json(nullptr) : Json(webhook.disabled_reason)},
          {"createdAt", format_timestamp(webhook.created_at)}};
}

Result<WebhookFields> parse_new_webhook(const Json& json) {
  CheckedObject object(json, "");
  WebhookFields fields = read_fields(object);
  if (!object.has("url")) {
    object.add_fault("url", "This is required: the http or https address that events are sent to.");
  }
  if (!object.has("events")) {
    object.add_fault("events", "This is required: a list out of " + listed_events() + ".");
  }
  if (Result<void> checked = object.finish(); !checked) {
    return fail(checked.error());
  }
  return fields;
}

Result<WebhookFields> parse_webhook_changes(const Json& json) {
  CheckedObject object(json, "");
  WebhookFields fields = read_fields(object);
  fields.active = object.boolean("active");
  if (Result<void> checked = object.finish(); !checked) {
    return fail(checked.error());
  }
  return fields;
}

std::string_view name_of(DeliveryStatus status) {
  const auto at =
      std::find_if(kStatuses.begin(), kStatuses.end(), [&](const auto& row) { return row.first == status; });
  return at->second;
}

DeliveryStatus delivery_status_from_name(std::string_view name) {
  const auto at = std::find_if(kStatuses.begin(), kStatuses.end(), [&](const auto& row) { return row.second == name; });
  return at == kStatuses.end() ? DeliveryStatus::kFailed : at->first;
}

Json to_api_json(const Delivery& delivery) {
  Json answer = nullptr;
  if (delivery.answer) {
    const DeliveryAnswer& last = *delivery.answer;
    answer = {{"status", last.status ? Json(*last.status) : Json(nullptr)},
              {"ms", last.took.count()},
              {"body", last.body},
              {"problem", last.problem.empty() ? Json(nullptr) : Json(last.problem)}};
  }
  Json json{{"id", delivery.id.str()},
            {"webhookId", delivery.webhook.str()},
            {"eventId", delivery.event.str()},
            {"type", delivery.type},
            {"url", delivery.url},
            {"status", name_of(delivery.status)},
            {"attempts", delivery.attempts},
            {"nextAttemptAt", time_or_null(delivery.next_at)},
            {"answer", std::move(answer)},
            {"createdAt", format_timestamp(delivery.created_at)},
            {"finishedAt", time_or_null(delivery.finished_at)}};
  if (delivery.webhook.empty()) {
    json.erase("webhookId");
  }
  return json;
}

std::string new_webhook_secret() {
  std::array<std::uint8_t, 24> random{};
  fill_random(random);
  return std::string(kSecretPrefix) + base64_encode(random);
}

std::string webhook_signature(const std::vector<std::string>& secrets, std::string_view id, std::int64_t unix_seconds,
                              std::string_view body) {
  std::string signed_text(id);
  signed_text += "." + std::to_string(unix_seconds) + ".";
  signed_text += body;
  std::string header;
  for (const std::string& secret : secrets) {
    const std::optional<Bytes> key = secret.starts_with(kSecretPrefix)
                                         ? base64_decode(std::string_view(secret).substr(kSecretPrefix.size()))
                                         : std::nullopt;
    if (key && !key->empty()) {
      header += (header.empty() ? "v1," : " v1,") + base64_encode(hmac_sha256(*key, as_bytes(signed_text)));
    }
  }
  return header;
}

}  // namespace pictor::domain
