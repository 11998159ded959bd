#include "storage/sqlite/item_leases.hpp"

#include <string>

#include "base/hash.hpp"
#include "storage/sqlite/job_rows.hpp"

namespace pictor::storage {
namespace {

using domain::JobId;
using domain::JobPriority;
using domain::Lease;

constexpr int kInteractiveInARow = 3;

/// Accounts that have work, the one first whose last turn is longest ago. Jumps from account to account along the index
/// `job_items_open`: the length of the queue costs nothing.
constexpr std::string_view kAccountsInTurn =
    "WITH RECURSIVE waiting(account) AS ("
    "SELECT min(account) FROM job_items WHERE status IN ('queued', 'running') "
    "UNION ALL SELECT (SELECT min(account) FROM job_items WHERE status IN ('queued', 'running') "
    "AND account > waiting.account) FROM waiting WHERE waiting.account IS NOT NULL) "
    "SELECT waiting.account, coalesce(interactive_in_a_row, 0) FROM waiting LEFT JOIN account_turns USING (account) "
    "WHERE waiting.account IS NOT NULL ORDER BY coalesce(last_turn, 0), waiting.account";
/// The first free image of the account's oldest job of a priority; the same index gives the order.
constexpr std::string_view kFirstFreeItem =
    "SELECT job, position FROM job_items WHERE account = ? AND priority = ? AND status IN ('queued', 'running') "
    "AND (status = 'queued' OR lease_until <= ?) ORDER BY job, position LIMIT 1";

std::optional<FreeItem> first_free_item(Connection& connection, Timestamp now) {
  struct InTurn {
    std::string account;
    bool wants_batch = false;
  };
  std::vector<InTurn> accounts;
  {
    Statement row = connection.prepare(kAccountsInTurn);
    while (row.step()) {
      accounts.push_back({row.text(0), row.integer(1) >= kInteractiveInARow});
    }
  }
  for (const auto& [account, wants_batch] : accounts) {
    const JobPriority first = wants_batch ? JobPriority::kBatch : JobPriority::kInteractive;
    const JobPriority second = wants_batch ? JobPriority::kInteractive : JobPriority::kBatch;
    for (const JobPriority priority : {first, second}) {
      Statement row = connection.prepare(kFirstFreeItem);
      if (row.bind(account).bind(static_cast<int>(priority)).bind(to_unix_ms(now)).step()) {
        return FreeItem{JobId::trusted(row.text(0)), static_cast<int>(row.integer(1)), priority};
      }
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<FreeItem> next_item(Connection& connection, Timestamp now, std::vector<JobId>& changed) {
  while (true) {
    const std::optional<FreeItem> free = first_free_item(connection, now);
    if (!free) {
      return std::nullopt;
    }
    const FreeItem& item = *free;
    if (!job_row(connection, item.job).cancel_requested) {
      return item;
    }
    cancel_open_items(connection, item.job, now);
    finish_job_if_done(connection, item.job, now);
    changed.push_back(item.job);
  }
}

Lease take_item(Connection& connection, const FreeItem& item, Timestamp now, Timestamp until,
                std::vector<JobId>& changed) {
  Lease lease;
  lease.token = random_base62(22);
  lease.until = until;
  connection
      .prepare(
          "UPDATE job_items SET status = 'running', attempt = attempt + 1, lease_token = ?, lease_until = ? WHERE "
          "job = ? AND position = ?")
      .bind(lease.token)
      .bind(to_unix_ms(until))
      .bind(item.job.str())
      .bind(item.position)
      .run();
  connection.prepare("UPDATE jobs SET status = 'running', started_at = ? WHERE id = ? AND status = 'queued'")
      .bind(to_unix_ms(now))
      .bind(item.job.str())
      .run();
  if (connection.changes() > 0) {
    changed.push_back(item.job);
  }
  lease.job = job_row(connection, item.job);
  lease.job.priority = item.priority;
  connection.prepare("UPDATE exports SET status = 'running' WHERE id = ? AND status = 'queued'")
      .bind(lease.job.export_id.str())
      .run();
  connection
      .prepare(
          "INSERT INTO account_turns (account, last_turn, interactive_in_a_row) "
          "VALUES (?, (SELECT coalesce(max(last_turn), 0) + 1 FROM account_turns), ?) "
          "ON CONFLICT (account) DO UPDATE SET last_turn = excluded.last_turn, interactive_in_a_row = "
          "CASE excluded.interactive_in_a_row WHEN 0 THEN 0 ELSE interactive_in_a_row + 1 END")
      .bind(lease.job.account.str())
      .bind(item.priority == JobPriority::kInteractive ? 1 : 0)
      .run();
  Statement row = connection.prepare("SELECT " PICTOR_ITEM_COLUMNS " FROM job_items WHERE job = ? AND position = ?");
  row.bind(item.job.str()).bind(item.position).step();
  lease.item = read_item(row);
  return lease;
}

}  // namespace pictor::storage
