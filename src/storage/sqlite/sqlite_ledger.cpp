#include "storage/sqlite/sqlite_ledger.hpp"

#include "storage/sqlite/allowance_rows.hpp"
#include "storage/sqlite/ledger_rows.hpp"
#include "storage/sqlite/usage_rows.hpp"

namespace pictor::storage {
namespace {

/// No call lasts longer: a hold whose release was rolled back with its call goes back by then.
constexpr std::chrono::minutes kLongestCall{15};

using domain::AccountId;
using domain::CreditEntry;
using domain::HoldId;

/// Holds and accounts that one transaction of a chore takes: other writers wait no longer than for these.
constexpr int kBatch = 200;

/// A balance is the sum of its entries; what is held is the sum of the holds, and what the entries took out and neither
/// spent nor gave back.
constexpr std::string_view kMismatches =
    "SELECT accounts.id FROM accounts "
    "LEFT JOIN (SELECT account, sum(amount) AS balance, "
    "  -coalesce(sum(amount) FILTER (WHERE type IN ('hold', 'release')), 0) - sum(captured) AS held "
    "  FROM credit_entries GROUP BY account) AS entries ON entries.account = accounts.id "
    "LEFT JOIN (SELECT account, sum(remaining) AS held FROM credit_holds GROUP BY account) AS holds "
    "  ON holds.account = accounts.id "
    "WHERE accounts.balance <> coalesce(entries.balance, 0) OR accounts.held <> coalesce(holds.held, 0) "
    "  OR accounts.held <> coalesce(entries.held, 0) OR accounts.balance < 0 ORDER BY accounts.id";
constexpr std::string_view kBalance = "SELECT balance, held FROM accounts WHERE id = ?";
constexpr std::string_view kEntries =
    "SELECT " PICTOR_ENTRY_COLUMNS " FROM credit_entries WHERE account = ? AND id < ? ORDER BY id DESC LIMIT ?";
constexpr std::string_view kExpiredHolds =
    "SELECT id FROM credit_holds WHERE expires_at IS NOT NULL AND expires_at <= ? LIMIT ?";
constexpr std::string_view kCallHolds = "SELECT id FROM credit_holds WHERE kind = 'call' LIMIT ?";

/// Gives back the holds that `rows` names. @return how many
int release_rows(Connection& connection, Statement rows, Timestamp now) {
  std::vector<HoldId> holds;
  while (rows.step()) {
    holds.push_back(HoldId::trusted(rows.text(0)));
  }
  for (const HoldId& hold : holds) {
    release_credits(connection, hold, std::nullopt, now);
  }
  return static_cast<int>(holds.size());
}

/// Batch after batch, each in its own transaction, until one has nothing to do.
template <class Batch>
Result<int> in_batches(SqliteDatabase& database, Batch&& batch) {
  return guarded([&]() -> Result<int> {
    int total = 0;
    for (int found = kBatch; found == kBatch; total += found) {
      auto writer = database.writer();
      Transaction transaction(writer);
      found = batch(*writer);
      transaction.commit();
    }
    return total;
  });
}

}  // namespace

Result<domain::Balance> SqliteLedger::balance(const AccountId& account) {
  return guarded([&]() -> Result<domain::Balance> {
    auto reader = database_.reader();
    Statement row = reader->prepare(kBalance);
    if (!row.bind(account.str()).step()) {
      return fail_not_found();
    }
    return domain::Balance{row.integer(0), row.integer(1)};
  });
}

Result<std::int64_t> SqliteLedger::spent_by_key(const domain::KeyId& key, Timestamp now) {
  return guarded([&]() -> Result<std::int64_t> {
    auto reader = database_.reader();
    return key_month_credits(*reader, key, now);
  });
}

Result<CreditEntry> SqliteLedger::add(const AccountId& account, domain::EntryType type, std::int64_t amount,
                                      const std::string& operation, const std::string& reason,
                                      const std::string& reference, Timestamp now) {
  return guarded([&]() -> Result<CreditEntry> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    Result<CreditEntry> entry = add_entry(*writer, account, type, amount, operation, reason, reference, now);
    if (entry) {
      transaction.commit();
    }
    return entry;
  });
}

Result<HoldId> SqliteLedger::hold(const domain::Charge& charge, std::optional<Timestamp> until, Timestamp now) {
  return guarded([&]() -> Result<HoldId> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    Result<HoldId> hold = hold_credits(*writer, charge, until ? HoldKind::kReservation : HoldKind::kCall, "",
                                       until.value_or(now + kLongestCall), now);
    if (hold) {
      transaction.commit();
    }
    return hold;
  });
}

Result<std::int64_t> SqliteLedger::capture(const HoldId& hold, std::int64_t credits, Timestamp now) {
  return guarded([&]() -> Result<std::int64_t> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    const std::int64_t spent = capture_credits(*writer, hold, credits, "", now);
    transaction.commit();
    return spent;
  });
}

Result<std::int64_t> SqliteLedger::release(const HoldId& hold, Timestamp now) {
  return guarded([&]() -> Result<std::int64_t> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    const std::int64_t back = release_credits(*writer, hold, std::nullopt, now);
    transaction.commit();
    return back;
  });
}

Result<domain::Ledger::Settled> SqliteLedger::settle(const AccountId& account, const HoldId& hold, std::int64_t credits,
                                                     const std::vector<UsageRow>& usage, Timestamp now) {
  return guarded([&]() -> Result<Settled> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    Settled settled;
    settled.charged = capture_credits(*writer, hold, credits, "", now);
    release_credits(*writer, hold, std::nullopt, now);
    for (const UsageRow& row : usage) {
      storage::count_usage(*writer, account, row);
    }
    {
      Statement row = writer->prepare(kBalance);
      settled.balance = row.bind(account.str()).step() ? row.integer(0) : 0;
    }
    transaction.commit();
    return settled;
  });
}

Result<std::int64_t> SqliteLedger::release_reservation(const AccountId& account, const HoldId& hold, Timestamp now) {
  return guarded([&]() -> Result<std::int64_t> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    {
      Statement row =
          writer->prepare("SELECT 1 FROM credit_holds WHERE id = ? AND account = ? AND kind = 'reservation'");
      if (!row.bind(hold.str()).bind(account.str()).step()) {
        return fail_not_found();
      }
    }
    const std::int64_t back = release_credits(*writer, hold, std::nullopt, now);
    transaction.commit();
    return back;
  });
}

Result<int> SqliteLedger::expire_holds(Timestamp now) {
  {
    // Mostly there is none, and a look costs no write.
    const Result<bool> any = guarded([&]() -> Result<bool> {
      auto reader = database_.reader();
      Statement row = reader->prepare(kExpiredHolds);
      return row.bind(to_unix_ms(now)).bind(1).step();
    });
    if (!any || !*any) {
      return any ? Result<int>(0) : fail(any.error());
    }
  }
  return in_batches(database_, [now](Connection& connection) {
    Statement rows = connection.prepare(kExpiredHolds);
    rows.bind(to_unix_ms(now)).bind(kBatch);
    return release_rows(connection, std::move(rows), now);
  });
}

Result<int> SqliteLedger::release_calls(Timestamp now) {
  return in_batches(database_, [now](Connection& connection) {
    Statement rows = connection.prepare(kCallHolds);
    rows.bind(kBatch);
    return release_rows(connection, std::move(rows), now);
  });
}

Result<void> SqliteLedger::open_account(const AccountId& account, const domain::Plan& plan, Timestamp now) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    store_plan_terms(*writer, {plan});
    if (plan.signup_credits > 0) {
      const Result<CreditEntry> entry = add_entry(*writer, account, domain::EntryType::kGrant, plan.signup_credits,
                                                  "signup", "Credits for signing up", "signup", now);
      if (!entry) {
        return fail(entry.error());
      }
    }
    grant_allowance(*writer, account, now);
    transaction.commit();
    return {};
  });
}

Result<int> SqliteLedger::grant_allowances(const std::vector<domain::Plan>& plans, Timestamp now) {
  const Result<void> known = guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    store_plan_terms(*writer, plans);
    transaction.commit();
    return {};
  });
  if (!known) {
    return fail(known.error());
  }
  return in_batches(database_, [now](Connection& connection) {
    const std::vector<AccountId> due = accounts_due(connection, now, kBatch);
    for (const AccountId& account : due) {
      grant_allowance(connection, account, now);
    }
    return static_cast<int>(due.size());
  });
}

Result<domain::Page<CreditEntry>> SqliteLedger::entries(const AccountId& account, const domain::PageRequest& page) {
  return guarded([&]() -> Result<domain::Page<CreditEntry>> {
    auto reader = database_.reader();
    Statement row = reader->prepare(kEntries);
    row.bind(account.str())
        .bind(page.cursor.empty() ? std::string_view("~") : std::string_view(page.cursor))
        .bind(page.limit + 1);
    domain::Page<CreditEntry> result;
    while (row.step()) {
      result.items.push_back(read_entry(row));
    }
    if (result.items.size() > static_cast<std::size_t>(page.limit)) {
      result.items.pop_back();
      result.next_cursor = result.items.back().id.str();
    }
    return result;
  });
}

Result<std::vector<AccountId>> SqliteLedger::mismatches() {
  return guarded([&]() -> Result<std::vector<AccountId>> {
    auto reader = database_.reader();
    Statement row = reader->prepare(kMismatches);
    std::vector<AccountId> accounts;
    while (row.step()) {
      accounts.push_back(AccountId::trusted(row.text(0)));
    }
    return accounts;
  });
}

Result<void> SqliteLedger::count_usage(const AccountId& account, const UsageRow& row) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    storage::count_usage(*writer, account, row);
    transaction.commit();
    return {};
  });
}

Result<std::vector<domain::Ledger::UsageRow>> SqliteLedger::usage(const AccountId& account, const std::string& from,
                                                                  const std::string& to) {
  return guarded([&]() -> Result<std::vector<UsageRow>> {
    auto reader = database_.reader();
    return read_usage(*reader, account, from, to);
  });
}

}  // namespace pictor::storage
