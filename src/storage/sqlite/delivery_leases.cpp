#include <algorithm>

#include "storage/sqlite/sqlite_webhook_store.hpp"

namespace pictor::storage {
namespace {

using domain::DeliveryStatus;
using domain::DueDelivery;
using domain::WebhookId;

constexpr std::size_t kKeptAnswer = 1'024;

/// The next endpoint after `after` with something not yet sent; empty behind the last. One step in the index, however
/// much waits for each.
std::string endpoint_after(Connection& connection, const std::string& after) {
  Statement row = connection.prepare(
      "SELECT endpoint FROM deliveries INDEXED BY deliveries_due WHERE status = 'pending' AND endpoint > ? "
      "ORDER BY endpoint LIMIT 1");
  return row.bind(after).step() ? row.text(0) : std::string();
}

std::vector<std::string> oldest_due(Connection& connection, const std::string& endpoint, Timestamp now, int limit) {
  Statement row = connection.prepare(
      "SELECT id FROM deliveries INDEXED BY deliveries_due WHERE status = 'pending' AND endpoint = ? AND next_at <= ? "
      "AND (lease_until IS NULL OR lease_until <= ?) ORDER BY next_at LIMIT ?");
  row.bind(endpoint).bind(to_unix_ms(now)).bind(to_unix_ms(now)).bind(limit);
  std::vector<std::string> ids;
  while (row.step()) {
    ids.push_back(row.text(0));
  }
  return ids;
}

/// A webhook that ended: whatever waits for it is cancelled.
void disable(Connection& connection, const DueDelivery& delivery, Timestamp now) {
  connection.prepare("UPDATE webhooks SET active = 0, disabled_reason = 'gone' WHERE id = ?")
      .bind(delivery.webhook.str())
      .run();
  connection
      .prepare(
          "UPDATE deliveries SET status = 'cancelled', finished_at = ?, lease_until = NULL "
          "WHERE endpoint = ? AND status = 'pending'")
      .bind(to_unix_ms(now))
      .bind(delivery.endpoint)
      .run();
}

std::string_view first_bytes(const std::string& text) {
  std::size_t end = std::min(text.size(), kKeptAnswer);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) {
    --end;
  }
  return std::string_view(text).substr(0, end);
}

}  // namespace

std::vector<std::string> SqliteWebhookStore::due_ids(Timestamp now, int limit,
                                                     const std::function<int(const std::string&)>& room) {
  const std::scoped_lock lock(turn_mutex_);
  auto reader = database_.reader();
  std::vector<std::string> ids;
  const std::string start = last_endpoint_;
  std::string endpoint = start;
  bool wrapped = start.empty();
  while (static_cast<int>(ids.size()) < limit) {
    endpoint = endpoint_after(*reader, endpoint);
    if (endpoint.empty() && wrapped) {
      break;
    }
    if (endpoint.empty()) {
      wrapped = true;
      continue;
    }
    if (!oldest_due(*reader, endpoint, now, 1).empty()) {
      if (const int free = std::min(room(endpoint), limit - static_cast<int>(ids.size())); free > 0) {
        const std::vector<std::string> due = oldest_due(*reader, endpoint, now, free);
        ids.insert(ids.end(), due.begin(), due.end());
      }
    }
    last_endpoint_ = endpoint;
    if (wrapped && !start.empty() && endpoint >= start) {
      break;
    }
  }
  return ids;
}

std::vector<std::string> SqliteWebhookStore::secrets_of_webhook(Connection& connection, const WebhookId& id,
                                                                Timestamp now) {
  Statement row = connection.prepare("SELECT secret, old_secret, old_secret_until FROM webhooks WHERE id = ?");
  std::vector<std::string> secrets;
  if (!row.bind(id.str()).step()) {
    return secrets;
  }
  if (auto secret = box_.open(row.text(0), id.str())) {
    secrets.push_back(*std::move(secret));
  }
  if (!row.is_null(2) && from_unix_ms(row.integer(2)) > now) {
    if (auto secret = box_.open(row.text(1), id.str())) {
      secrets.push_back(*std::move(secret));
    }
  }
  return secrets;
}

/// An account that never asked for a signing secret gets one here: what is sent is always signed.
std::vector<std::string> SqliteWebhookStore::secrets_of_account(Connection& connection, const std::string& account,
                                                                Timestamp now) {
  std::vector<std::string> sealed;
  {
    Statement row = connection.prepare(
        "SELECT signing_secret, CASE WHEN old_signing_secret_until > ? THEN old_signing_secret ELSE '' END "
        "FROM accounts WHERE id = ?");
    if (row.bind(to_unix_ms(now)).bind(account).step()) {
      sealed = {row.text(0), row.text(1)};
    }
  }
  std::vector<std::string> secrets;
  for (const std::string& box : sealed) {
    if (auto secret = box_.open(box, account)) {
      secrets.push_back(*std::move(secret));
    }
  }
  if (!secrets.empty()) {
    return secrets;
  }
  std::string made = domain::new_webhook_secret();
  connection.prepare("UPDATE accounts SET signing_secret = ? WHERE id = ?")
      .bind(box_.seal(made, account))
      .bind(account)
      .run();
  return {std::move(made)};
}

std::optional<DueDelivery> SqliteWebhookStore::lease_one(Connection& connection, const std::string& id, Timestamp now,
                                                         Timestamp until) {
  connection
      .prepare(
          "UPDATE deliveries SET lease_until = ?, attempts = attempts + 1 WHERE id = ? AND status = 'pending' "
          "AND next_at <= ? AND (lease_until IS NULL OR lease_until <= ?)")
      .bind(to_unix_ms(until))
      .bind(id)
      .bind(to_unix_ms(now))
      .bind(to_unix_ms(now))
      .run();
  if (connection.changes() == 0) {
    return std::nullopt;  // another process was faster
  }
  DueDelivery due;
  std::string account;
  {
    // A webhook's present address, not the one it had when the event came.
    Statement row = connection.prepare(
        "SELECT d.id, d.webhook, d.endpoint, d.event, coalesce(w.url, d.url), d.payload, d.attempts, d.account "
        "FROM deliveries d LEFT JOIN webhooks w ON w.id = d.webhook WHERE d.id = ?");
    row.bind(id).step();
    due.id = domain::DeliveryId::trusted(row.text(0));
    due.webhook = WebhookId::trusted(row.text(1));
    due.endpoint = row.text(2);
    due.event = domain::EventId::trusted(row.text(3));
    due.url = row.text(4);
    due.payload = row.text(5);
    due.attempt = static_cast<int>(row.integer(6));
    account = row.text(7);
  }
  due.secrets = due.webhook.empty() ? secrets_of_account(connection, account, now)
                                    : secrets_of_webhook(connection, due.webhook, now);
  return due;
}

Result<std::vector<DueDelivery>> SqliteWebhookStore::lease_due(Timestamp now, milliseconds lease_time, int limit,
                                                               const std::function<int(const std::string&)>& room) {
  return guarded([&]() -> Result<std::vector<DueDelivery>> {
    std::vector<DueDelivery> taken;
    // Looked for by a reader first: an idle server writes nothing.
    const std::vector<std::string> ids = due_ids(now, limit, room);
    if (ids.empty()) {
      return taken;
    }
    auto writer = database_.writer();
    Transaction transaction(writer);
    for (const std::string& id : ids) {
      if (std::optional<DueDelivery> due = lease_one(*writer, id, now, now + lease_time)) {
        taken.push_back(*std::move(due));
      }
    }
    transaction.commit();
    return taken;
  });
}

Result<void> SqliteWebhookStore::record(const DueDelivery& delivery, const Outcome& outcome, Timestamp now) {
  return guarded([&]() -> Result<void> {
    const bool is_over = outcome.status != DeliveryStatus::kPending;
    const std::optional<std::int64_t> status =
        outcome.answer.status ? std::optional<std::int64_t>(*outcome.answer.status) : std::nullopt;
    const std::optional<std::int64_t> finished = is_over ? std::optional(to_unix_ms(now)) : std::nullopt;
    auto writer = database_.writer();
    Transaction transaction(writer);
    writer
        ->prepare(
            "UPDATE deliveries SET status = ?, next_at = ?, lease_until = NULL, answer_status = ?, answer_ms = ?, "
            "answer = ?, problem = ?, url = ?, finished_at = ? WHERE id = ? AND status = 'pending' AND attempts = ?")
        .bind(domain::name_of(outcome.status))
        .bind(to_unix_ms(outcome.next_at.value_or(now)))
        .bind(status)
        .bind(std::int64_t{outcome.answer.took.count()})
        .bind(first_bytes(outcome.answer.body))
        .bind(outcome.answer.problem)
        .bind(delivery.url)
        .bind(finished)
        .bind(delivery.id.str())
        .bind(delivery.attempt)
        .run();
    if (outcome.disables && !delivery.webhook.empty()) {
      disable(*writer, delivery, now);
    }
    transaction.commit();
    return {};
  });
}

Result<void> SqliteWebhookStore::give_back(const DueDelivery& delivery) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    writer
        ->prepare(
            "UPDATE deliveries SET lease_until = NULL, attempts = attempts - 1 "
            "WHERE id = ? AND status = 'pending' AND attempts = ? AND lease_until IS NOT NULL")
        .bind(delivery.id.str())
        .bind(delivery.attempt)
        .run();
    transaction.commit();
    return {};
  });
}

Result<int> SqliteWebhookStore::release_leases() {
  return guarded([&]() -> Result<int> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    writer
        ->prepare(
            "UPDATE deliveries SET lease_until = NULL, attempts = attempts - 1 "
            "WHERE status = 'pending' AND lease_until IS NOT NULL")
        .run();
    const int released = static_cast<int>(writer->changes());
    transaction.commit();
    return released;
  });
}

Result<int> SqliteWebhookStore::forget(Timestamp before) {
  return guarded([&]() -> Result<int> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    writer->prepare("DELETE FROM deliveries WHERE finished_at IS NOT NULL AND finished_at < ?")
        .bind(to_unix_ms(before))
        .run();
    const int gone = static_cast<int>(writer->changes());
    // A job or session that is gone is never told of again.
    writer
        ->prepare(
            "DELETE FROM subject_versions WHERE (subject LIKE 'job@_%' ESCAPE '@' AND NOT EXISTS "
            "(SELECT 1 FROM jobs WHERE id = subject)) OR (subject LIKE 'ses@_%' ESCAPE '@' AND NOT EXISTS "
            "(SELECT 1 FROM sessions WHERE id = subject))")
        .run();
    transaction.commit();
    return gone;
  });
}

Result<domain::WebhookStore::Counts> SqliteWebhookStore::counts() {
  return guarded([&]() -> Result<Counts> {
    auto reader = database_.reader();
    Statement row = reader->prepare("SELECT count(*) FROM deliveries WHERE status = 'pending'");
    row.step();
    return Counts{row.integer(0)};
  });
}

}  // namespace pictor::storage
