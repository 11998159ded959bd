#include "storage/sqlite/webhook_rows.hpp"

#include <vector>

namespace pictor::storage {
namespace {

using domain::AccountId;
using domain::Delivery;
using domain::DeliveryId;

/// What all deliveries of one event share.
struct Message {
  const AccountId& account;
  std::string_view type;
  std::string event;
  std::string payload;
  Timestamp now;
  std::string subject;
  milliseconds wait{0};  ///< until the first try
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
  return {account, type, domain::EventId::make(now).str(), dump_json(payload), now, subject};
}

/// PICTOR_WEBHOOK_RETRIES' first entry, as the sender stored it.
milliseconds first_wait(Connection& connection) {
  Statement row = connection.prepare("SELECT first_wait_ms FROM webhook_terms");
  return row.step() ? milliseconds(row.integer(0)) : milliseconds(0);
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
  const Timestamp first_try = message.now + message.wait;
  connection
      .prepare(
          "INSERT INTO deliveries (id, account, webhook, url, endpoint, event, type, payload, status, next_at, "
          "created_at, job) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?)")
      .bind(id.str())
      .bind(message.account.str())
      .bind(webhook)
      .bind(url)
      .bind(endpoint_of(message.account, webhook, url))
      .bind(message.event)
      .bind(message.type)
      .bind(message.payload)
      .bind(to_unix_ms(first_try))
      .bind(to_unix_ms(message.now))
      .bind(webhook.empty() ? message.subject : std::string())
      .run();
  return id;
}

}  // namespace

Delivery read_delivery(const Statement& row) {
  Delivery delivery;
  delivery.id = DeliveryId::trusted(row.text(0));
  delivery.webhook = domain::WebhookId::trusted(row.text(1));
  delivery.event = domain::EventId::trusted(row.text(2));
  delivery.type = row.text(3);
  delivery.url = row.text(4);
  delivery.status = domain::delivery_status_from_name(row.text(5));
  delivery.attempts = static_cast<int>(row.integer(6));
  if (delivery.status == domain::DeliveryStatus::kPending) {
    delivery.next_at = from_unix_ms(row.integer(7));
  }
  if (!row.is_null(9)) {
    domain::DeliveryAnswer answer;
    if (!row.is_null(8)) {
      answer.status = static_cast<int>(row.integer(8));
    }
    answer.took = milliseconds(row.integer(9));
    answer.body = row.text(10);
    answer.problem = row.text(11);
    delivery.answer = std::move(answer);
  }
  delivery.created_at = from_unix_ms(row.integer(12));
  if (!row.is_null(13)) {
    delivery.finished_at = from_unix_ms(row.integer(13));
  }
  return delivery;
}

std::optional<Delivery> last_callback(Connection& connection, const AccountId& account, const domain::JobId& job) {
  Statement row = connection.prepare("SELECT " PICTOR_DELIVERY_COLUMNS
                                     " FROM deliveries INDEXED BY deliveries_by_job WHERE job = ? AND job <> '' "
                                     "AND account = ? ORDER BY id DESC LIMIT 1");
  return row.bind(job.str()).bind(account.str()).step() ? std::optional(read_delivery(row)) : std::nullopt;
}

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
  Message message = make_message(connection, account, type, subject, data, now);
  message.wait = first_wait(connection);
  for (const auto& [webhook, url] : wanting) {
    insert_delivery(connection, message, webhook, url);
  }
}

void enqueue_callback(Connection& connection, const AccountId& account, const std::string& url, std::string_view type,
                      const std::string& subject, const Json& data, Timestamp now) {
  if (!url.empty()) {
    Message message = make_message(connection, account, type, subject, data, now);
    message.wait = first_wait(connection);
    insert_delivery(connection, message, "", url);
  }
}

DeliveryId enqueue_for_webhook(Connection& connection, const AccountId& account, const domain::WebhookId& webhook,
                               const std::string& url, std::string_view type, const std::string& subject,
                               const Json& data, Timestamp now) {
  return insert_delivery(connection, make_message(connection, account, type, subject, data, now), webhook.str(), url);
}

}  // namespace pictor::storage
