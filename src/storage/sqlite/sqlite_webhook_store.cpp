#include "storage/sqlite/sqlite_webhook_store.hpp"

#include "storage/sqlite/webhook_rows.hpp"

namespace pictor::storage {
namespace {

using domain::AccountId;
using domain::Delivery;
using domain::DeliveryId;
using domain::DeliveryStatus;
using domain::Webhook;
using domain::WebhookId;

#define PICTOR_WEBHOOK_COLUMNS "id, account, url, description, events, active, disabled_reason, created_at"

constexpr std::string_view kNoCursor = "~";  // sorts after every id

Webhook webhook_of(const Statement& row) {
  Webhook webhook;
  webhook.id = WebhookId::trusted(row.text(0));
  webhook.account = AccountId::trusted(row.text(1));
  webhook.url = row.text(2);
  webhook.description = row.text(3);
  webhook.events = Json::parse(row.text(4)).get<std::vector<std::string>>();
  webhook.active = row.integer(5) != 0;
  webhook.disabled_reason = row.text(6);
  webhook.created_at = from_unix_ms(row.integer(7));
  return webhook;
}

Result<Webhook> find_webhook(Connection& connection, const AccountId& account, const WebhookId& id) {
  Statement row = connection.prepare("SELECT " PICTOR_WEBHOOK_COLUMNS " FROM webhooks WHERE id = ? AND account = ?");
  if (!row.bind(id.str()).bind(account.str()).step()) {
    return fail_not_found();
  }
  return webhook_of(row);
}

Result<Webhook> find_active(Connection& connection, const AccountId& account, const WebhookId& id) {
  Result<Webhook> webhook = find_webhook(connection, account, id);
  if (webhook && !webhook->active) {
    return fail_field("/webhookId", "This webhook is not active: PATCH it with {\"active\":true} first.");
  }
  return webhook;
}

Result<Delivery> find_delivery(Connection& connection, const WebhookId& webhook, const DeliveryId& id) {
  Statement row = connection.prepare("SELECT " PICTOR_DELIVERY_COLUMNS " FROM deliveries WHERE id = ? AND webhook = ?");
  if (!row.bind(id.str()).bind(webhook.str()).step()) {
    return fail_not_found();
  }
  return read_delivery(row);
}

template <class Item, class Read>
domain::Page<Item> page_of(Statement& rows, int limit, Read&& read) {
  domain::Page<Item> page;
  while (rows.step()) {
    page.items.push_back(read(rows));
  }
  if (page.items.size() > static_cast<std::size_t>(limit)) {
    page.items.pop_back();
    page.next_cursor = page.items.back().id.str();
  }
  return page;
}

std::string_view cursor_of(const domain::PageRequest& page) {
  return page.cursor.empty() ? kNoCursor : std::string_view(page.cursor);
}

/// The same event once more, at once. @return the copy's id, greater than those of all before it
DeliveryId copy_delivery(Connection& connection, const DeliveryId& delivery, const std::string& url, Timestamp now) {
  const DeliveryId copy = DeliveryId::make(now);
  connection
      .prepare(
          "INSERT INTO deliveries (id, account, webhook, url, endpoint, event, type, payload, status, next_at, "
          "created_at, job) SELECT ?, account, webhook, ?, endpoint, event, type, payload, 'pending', ?, ?, job "
          "FROM deliveries WHERE id = ?")
      .bind(copy.str())
      .bind(url)
      .bind(to_unix_ms(now))
      .bind(to_unix_ms(now))
      .bind(delivery.str())
      .run();
  return copy;
}

/// What waits for a webhook that ended.
void cancel_deliveries(Connection& connection, const AccountId& account, const WebhookId& id, Timestamp now) {
  connection
      .prepare(
          "UPDATE deliveries SET status = 'cancelled', finished_at = ?, lease_until = NULL "
          "WHERE endpoint = ? AND status = 'pending'")
      .bind(to_unix_ms(now))
      .bind(account.str() + " " + id.str())
      .run();
}

}  // namespace

Result<void> SqliteWebhookStore::create(const Webhook& webhook, const std::string& secret) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    {
      Statement count = writer->prepare("SELECT count(*) FROM webhooks WHERE account = ?");
      count.bind(webhook.account.str()).step();
      if (count.integer(0) >= domain::kMaxWebhooks) {
        return fail_field("", "An account has at most " + std::to_string(domain::kMaxWebhooks) +
                                  " webhooks: delete one that is no longer needed.");
      }
    }
    writer
        ->prepare(
            "INSERT INTO webhooks (id, account, url, description, events, active, secret, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(webhook.id.str())
        .bind(webhook.account.str())
        .bind(webhook.url)
        .bind(webhook.description)
        .bind(dump_json(webhook.events))
        .bind(webhook.active)
        .bind(box_.seal(secret, webhook.id.str()))
        .bind(to_unix_ms(webhook.created_at))
        .run();
    transaction.commit();
    return {};
  });
}

Result<Webhook> SqliteWebhookStore::find(const AccountId& account, const WebhookId& id) {
  return guarded([&]() -> Result<Webhook> {
    auto reader = database_.reader();
    return find_webhook(*reader, account, id);
  });
}

Result<domain::Page<Webhook>> SqliteWebhookStore::list(const AccountId& account, const domain::PageRequest& page) {
  return guarded([&]() -> Result<domain::Page<Webhook>> {
    auto reader = database_.reader();
    Statement rows = reader->prepare("SELECT " PICTOR_WEBHOOK_COLUMNS
                                     " FROM webhooks WHERE account = ? AND id < ? ORDER BY id DESC LIMIT ?");
    rows.bind(account.str()).bind(cursor_of(page)).bind(page.limit + 1);
    return page_of<Webhook>(rows, page.limit, webhook_of);
  });
}

Result<Webhook> SqliteWebhookStore::update(const AccountId& account, const WebhookId& id,
                                           const domain::WebhookFields& fields, Timestamp now) {
  return guarded([&]() -> Result<Webhook> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    Result<Webhook> webhook = find_webhook(*writer, account, id);
    if (!webhook) {
      return webhook;
    }
    webhook->url = fields.url.value_or(webhook->url);
    webhook->events = fields.events.value_or(webhook->events);
    webhook->description = fields.description.value_or(webhook->description);
    webhook->active = fields.active.value_or(webhook->active);
    if (fields.active) {
      webhook->disabled_reason.clear();
    }
    writer
        ->prepare(
            "UPDATE webhooks SET url = ?, events = ?, description = ?, active = ?, disabled_reason = ? WHERE id = ?")
        .bind(webhook->url)
        .bind(dump_json(webhook->events))
        .bind(webhook->description)
        .bind(webhook->active)
        .bind(webhook->disabled_reason)
        .bind(id.str())
        .run();
    if (!webhook->active) {
      cancel_deliveries(*writer, account, id, now);
    }
    transaction.commit();
    return webhook;
  });
}

Result<void> SqliteWebhookStore::remove(const AccountId& account, const WebhookId& id) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    writer->prepare("DELETE FROM webhooks WHERE id = ? AND account = ?").bind(id.str()).bind(account.str()).run();
    if (writer->changes() == 0) {
      return fail_not_found();
    }
    writer->prepare("DELETE FROM deliveries WHERE webhook = ?").bind(id.str()).run();
    writer->prepare("DELETE FROM subject_versions WHERE subject = ?").bind(id.str()).run();
    transaction.commit();
    return {};
  });
}

Result<Webhook> SqliteWebhookStore::rotate(const AccountId& account, const WebhookId& id, const std::string& secret,
                                           Timestamp overlap_until) {
  return guarded([&]() -> Result<Webhook> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    Result<Webhook> webhook = find_webhook(*writer, account, id);
    if (!webhook) {
      return webhook;
    }
    writer->prepare("UPDATE webhooks SET old_secret = secret, old_secret_until = ?, secret = ? WHERE id = ?")
        .bind(to_unix_ms(overlap_until))
        .bind(box_.seal(secret, id.str()))
        .bind(id.str())
        .run();
    transaction.commit();
    return webhook;
  });
}

Result<void> SqliteWebhookStore::set_signing_secret(const AccountId& account, const std::string& secret,
                                                    Timestamp overlap_until) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    writer
        ->prepare(
            "UPDATE accounts SET old_signing_secret = signing_secret, old_signing_secret_until = ?, "
            "signing_secret = ? WHERE id = ?")
        .bind(to_unix_ms(overlap_until))
        .bind(box_.seal(secret, account.str()))
        .bind(account.str())
        .run();
    if (writer->changes() == 0) {
      return fail_not_found();
    }
    transaction.commit();
    return {};
  });
}

Result<domain::Page<Delivery>> SqliteWebhookStore::deliveries(const AccountId& account, const WebhookId& id,
                                                              const domain::PageRequest& page) {
  return guarded([&]() -> Result<domain::Page<Delivery>> {
    auto reader = database_.reader();
    if (const Result<Webhook> webhook = find_webhook(*reader, account, id); !webhook) {
      return fail(webhook.error());
    }
    Statement rows = reader->prepare("SELECT " PICTOR_DELIVERY_COLUMNS
                                     " FROM deliveries WHERE webhook = ? AND id < ? ORDER BY id DESC LIMIT ?");
    rows.bind(id.str()).bind(cursor_of(page)).bind(page.limit + 1);
    return page_of<Delivery>(rows, page.limit, read_delivery);
  });
}

Result<Delivery> SqliteWebhookStore::send_test(const AccountId& account, const WebhookId& id, Timestamp now) {
  return guarded([&]() -> Result<Delivery> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    const Result<Webhook> webhook = find_active(*writer, account, id);
    if (!webhook) {
      return fail(webhook.error());
    }
    const DeliveryId made = enqueue_for_webhook(*writer, account, id, webhook->url, domain::kTestEvent, id.str(),
                                                {{"webhookId", id.str()}}, now);
    Result<Delivery> delivery = find_delivery(*writer, id, made);
    transaction.commit();
    return delivery;
  });
}

Result<Delivery> SqliteWebhookStore::redeliver(const AccountId& account, const WebhookId& id,
                                               const DeliveryId& delivery, Timestamp now) {
  return guarded([&]() -> Result<Delivery> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    const Result<Webhook> webhook = find_active(*writer, account, id);
    if (!webhook) {
      return fail(webhook.error());
    }
    if (const Result<Delivery> first = find_delivery(*writer, id, delivery); !first) {
      return first;
    }
    const DeliveryId copy = copy_delivery(*writer, delivery, webhook->url, now);
    Result<Delivery> made = find_delivery(*writer, id, copy);
    transaction.commit();
    return made;
  });
}

Result<domain::Page<Delivery>> SqliteWebhookStore::callback_deliveries(const AccountId& account,
                                                                       const domain::JobId& job,
                                                                       const domain::PageRequest& page) {
  return guarded([&]() -> Result<domain::Page<Delivery>> {
    auto reader = database_.reader();
    Statement rows = reader->prepare("SELECT " PICTOR_DELIVERY_COLUMNS
                                     " FROM deliveries INDEXED BY deliveries_by_job WHERE job = ? AND job <> '' "
                                     "AND account = ? AND id < ? ORDER BY id DESC LIMIT ?");
    rows.bind(job.str()).bind(account.str()).bind(cursor_of(page)).bind(page.limit + 1);
    return page_of<Delivery>(rows, page.limit, read_delivery);
  });
}

Result<Delivery> SqliteWebhookStore::redeliver_callback(const AccountId& account, const domain::JobId& job,
                                                        Timestamp now) {
  return guarded([&]() -> Result<Delivery> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    const std::optional<Delivery> last = last_callback(*writer, account, job);
    if (!last) {
      return fail_not_found();
    }
    copy_delivery(*writer, last->id, last->url, now);
    const std::optional<Delivery> made = last_callback(*writer, account, job);
    transaction.commit();
    return *made;
  });
}

Result<void> SqliteWebhookStore::set_first_wait(milliseconds wait) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    writer
        ->prepare(
            "INSERT INTO webhook_terms (one, first_wait_ms) VALUES (1, ?) "
            "ON CONFLICT (one) DO UPDATE SET first_wait_ms = excluded.first_wait_ms")
        .bind(std::int64_t{wait.count()})
        .run();
    transaction.commit();
    return {};
  });
}

}  // namespace pictor::storage
