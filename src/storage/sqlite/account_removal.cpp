#include "storage/sqlite/account_removal.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "storage/sqlite/ledger_rows.hpp"

namespace pictor::storage {
namespace {

using domain::AccountId;

/// Each takes the account as ?1, in this order: what names files comes after the files were doomed, rows that others
/// refer to after those.
constexpr std::array<std::string_view, 20> kSteps = {
    "INSERT OR IGNORE INTO doomed_blobs SELECT blob FROM images WHERE account = ?1 AND blob <> ''",
    "INSERT OR IGNORE INTO doomed_blobs SELECT thumbnail FROM images WHERE account = ?1 AND thumbnail <> ''",
    "INSERT OR IGNORE INTO doomed_blobs SELECT blob FROM variants "
    "WHERE export IN (SELECT id FROM exports WHERE account = ?1) AND blob <> ''",
    "INSERT OR IGNORE INTO doomed_blobs SELECT blob FROM idempotent_requests WHERE account = ?1 AND blob <> ''",
    "DELETE FROM subject_versions WHERE subject IN (SELECT id FROM jobs WHERE account = ?1)",
    "DELETE FROM subject_versions WHERE subject IN (SELECT id FROM sessions WHERE account = ?1)",
    "DELETE FROM subject_versions WHERE subject IN (SELECT id FROM webhooks WHERE account = ?1)",
    "DELETE FROM subject_versions WHERE subject = ?1",
    "DELETE FROM deliveries WHERE account = ?1",
    "DELETE FROM webhooks WHERE account = ?1",
    "DELETE FROM idempotent_requests WHERE account = ?1",
    "DELETE FROM jobs WHERE account = ?1",
    "DELETE FROM exports WHERE account = ?1",
    "DELETE FROM sessions WHERE account = ?1",
    "DELETE FROM account_turns WHERE account = ?1",
    "DELETE FROM key_months WHERE key IN (SELECT id FROM api_keys WHERE account = ?1)",
    "DELETE FROM api_keys WHERE account = ?1",
    // The ledger and the usage keep their amounts: whose they were is gone with the account's row.
    "UPDATE credit_entries SET key = '', job = '', reason = '' WHERE account = ?1",
    "INSERT INTO usage_days (account, day, key, operation, images, credits, bytes_in, bytes_out) "
    "SELECT account, day, '', operation, sum(images), sum(credits), sum(bytes_in), sum(bytes_out) FROM usage_days "
    "WHERE account = ?1 AND key <> '' GROUP BY account, day, operation "
    "ON CONFLICT (account, day, key, operation) DO UPDATE SET images = images + excluded.images, "
    "credits = credits + excluded.credits, bytes_in = bytes_in + excluded.bytes_in, "
    "bytes_out = bytes_out + excluded.bytes_out",
    "DELETE FROM usage_days WHERE account = ?1 AND key <> ''",
};

/// Gives back what is held, so that the entries that stay add up to the last balance.
void release_holds(Connection& connection, const AccountId& account, Timestamp now) {
  std::vector<domain::HoldId> holds;
  {
    Statement row = connection.prepare("SELECT id FROM credit_holds WHERE account = ?");
    row.bind(account.str());
    while (row.step()) {
      holds.push_back(domain::HoldId::trusted(row.text(0)));
    }
  }
  for (const domain::HoldId& hold : holds) {
    release_credits(connection, hold, std::nullopt, now);
  }
  connection.prepare("DELETE FROM credit_holds WHERE account = ?").bind(account.str()).run();
}

}  // namespace

bool account_exists(Connection& connection, const AccountId& account) {
  Statement row = connection.prepare("SELECT 1 FROM accounts WHERE id = ?");
  return row.bind(account.str()).step();
}

tl::unexpected<Error> fail_account_gone() {
  return fail({ErrorCode::kInvalidApiKey, "The account of this key was deleted meanwhile. Nothing was stored."});
}

bool remove_account(Connection& connection, const AccountId& account, Timestamp now) {
  if (!account_exists(connection, account)) {
    return false;
  }
  release_holds(connection, account, now);
  for (const std::string_view sql : kSteps) {
    connection.prepare(sql).bind(account.str()).run();
  }
  connection.prepare("DELETE FROM accounts WHERE id = ?").bind(account.str()).run();
  return true;
}

}  // namespace pictor::storage
