#include "storage/sqlite/webhook_rows.hpp"

#include <vector>

namespace pictor::storage {
namespace {

using domain::AccountId;
using domain::DeliveryId;

/// What all deliveries of one event share.
struct Message {
  const AccountId& account;
  std::string_view type;
  std::string event;
  std::string payload;
  Timestamp now;
};

std::int64_t next_version(Connection& connection, const std::string& subject) {
  connection
      .prepare(
          "INSERT INTO subject_versions (subject, version) VALUES (?, 1) "
          "ON CONFLICT (subject) DO UPDATE SET version = version + 1")
      .bind(subject)
      .run();
  Statement row = connection.prepare("SELECT version FROM subject_versions WHERE subject = ?");
  row.bind(subject).step();
  return row.integer(0);
}

Message make_message(Connection& connection, const AccountId& account, std::string_view type,
                     const std::string& subject, const Json& data, Timestamp now) {
  const Json payload{{"type", type},
                     {"timestamp", format_timestamp(now)},
                     {"version", next_version(connection, subject)},
                     {"data", data}};
  return {account, type, domain::EventId::make(now).str(), dump_json(payload), now};
}

/// Receivers are kept apart by this: the account, a blank, and a webhook's id or a callback's origin.
std::string endpoint_of(const AccountId& account, const std::string& webhook, const std::string& url) {
  if (!webhook.empty()) {
    return account.str() + " " + webhook;
  }
  const std::size_t authority = url.find("//");
  const std::size_t path = authority == std::string::npos ? authority : url.find_first_of("/?#", authority + 2);
  return account.str() + " " + url.substr(0, path);
}

DeliveryId insert_delivery(Connection& connection, const Message& message, const std::string& webhook,
                           const std::string& url) {
  const DeliveryId id = DeliveryId::make(message.now);
  connection
      .prepare(
          "INSERT INTO deliveries (id, account, webhook, url, endpoint, event, type, payload, status, next_at, "
          "created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?)")
      .bind(id.str())
      .bind(message.account.str())
      .bind(webhook)
      .bind(url)
      .bind(endpoint_of(message.account, webhook, url))
      .bind(message.event)
      .bind(message.type)
      .bind(message.payload)
      .bind(to_unix_ms(message.now))
      .bind(to_unix_ms(message.now))
      .run();
  return id;
}

}  // namespace

void enqueue_event(Connection& connection, const AccountId& account, std::string_view type, const std::string& subject,
                   const Json& data, Timestamp now) {
  std::vector<std::pair<std::string, std::string>> wanting;
  {
    // `events` is a JSON list of plain words: the quotes make a word whole.
    Statement rows = connection.prepare(
        "SELECT id, url FROM webhooks WHERE account = ? AND active = 1 AND instr(events, ?) > 0 ORDER BY id");
    rows.bind(account.str()).bind("\"" + std::string(type) + "\"");
    while (rows.step()) {
      wanting.emplace_back(rows.text(0), rows.text(1));
    }
  }
  if (wanting.empty()) {
    return;
  }
  const Message message = make_message(connection, account, type, subject, data, now);
  for (const auto& [webhook, url] : wanting) {
    insert_delivery(connection, message, webhook, url);
  }
}

void enqueue_callback(Connection& connection, const AccountId& account, const std::string& url, std::string_view type,
                      const std::string& subject, const Json& data, Timestamp now) {
  if (!url.empty()) {
    insert_delivery(connection, make_message(connection, account, type, subject, data, now), "", url);
  }
}

DeliveryId enqueue_for_webhook(Connection& connection, const AccountId& account, const domain::WebhookId& webhook,
                               const std::string& url, std::string_view type, const std::string& subject,
                               const Json& data, Timestamp now) {
  return insert_delivery(connection, make_message(connection, account, type, subject, data, now), webhook.str(), url);
}

}  // namespace pictor::storage
