#include "storage/sqlite/ledger_rows.hpp"

#include <algorithm>

#include "storage/sqlite/webhook_rows.hpp"

namespace pictor::storage {
namespace {

using domain::AccountId;
using domain::CreditEntry;
using domain::CreditEntryId;
using domain::EntryType;
using domain::HoldId;

/// A balance that no sum of sensible moves reaches; keeps every sum within JSON's exact integers.
constexpr std::int64_t kMostBalance = 1'000'000'000'000;

std::string_view name_of(HoldKind kind) {
  switch (kind) {
    case HoldKind::kJob:
      return "job";
    case HoldKind::kCall:
      return "call";
    case HoldKind::kReservation:
      return "reservation";
  }
  return "job";
}

/// `2026-11`, UTC.
std::string month_of(Timestamp time) { return format_timestamp(time).substr(0, 7); }

struct Hold {
  AccountId account;
  std::string key;
  std::string operation;
  std::string kind;
  std::string job;
  std::string month;
  std::int64_t remaining = 0;
  std::optional<std::int64_t> expires_at;
};

std::optional<Hold> find_hold(Connection& connection, const HoldId& id) {
  if (id.empty()) {
    return std::nullopt;
  }
  Statement row = connection.prepare(
      "SELECT account, key, operation, kind, job, month, remaining, expires_at FROM credit_holds WHERE id = ?");
  if (!row.bind(id.str()).step()) {
    return std::nullopt;
  }
  Hold hold{
      AccountId::trusted(row.text(0)), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5), row.integer(6)};
  if (!row.is_null(7)) {
    hold.expires_at = row.integer(7);
  }
  return hold;
}

std::optional<std::int64_t> balance_of(Connection& connection, const AccountId& account) {
  Statement row = connection.prepare("SELECT balance FROM accounts WHERE id = ?");
  return row.bind(account.str()).step() ? std::optional(row.integer(0)) : std::nullopt;
}

/// Moves the account's two sums and, when `spent`, what its period has spent. @return the balance then
std::int64_t move_sums(Connection& connection, const AccountId& account, std::int64_t balance, std::int64_t held,
                       std::int64_t spent = 0) {
  Statement row = connection.prepare(
      "UPDATE accounts SET balance = balance + ?, held = held + ?, period_spent = period_spent + ? WHERE id = ? "
      "RETURNING balance");
  row.bind(balance).bind(held).bind(spent).bind(account.str());
  if (!row.step()) {
    throw SqliteProblem("ledger: account " + account.str() + " has credits but no row");
  }
  const std::int64_t after = row.integer(0);
  row.run();
  return after;
}

void insert_entry(Connection& connection, const AccountId& account, const CreditEntry& entry,
                  const std::optional<std::string>& reference) {
  connection
      .prepare(
          "INSERT INTO credit_entries (id, account, type, amount, captured, balance_after, operation, key, job, "
          "reason, reference, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(entry.id.str())
      .bind(account.str())
      .bind(domain::name_of(entry.type))
      .bind(entry.amount)
      .bind(entry.captured)
      .bind(entry.balance_after)
      .bind(entry.operation)
      .bind(entry.key_id)
      .bind(entry.job_id)
      .bind(entry.reason)
      .bind(reference)
      .bind(to_unix_ms(entry.created_at))
      .run();
}

/// The balance has fallen or risen: `accounts.is_low` follows it, and a fall below the plan's mark is told, once.
void watch_low(Connection& connection, const AccountId& account, Timestamp now) {
  Json fallen;
  {
    Statement row = connection.prepare(
        "UPDATE accounts SET is_low = NOT is_low WHERE id = ? AND is_low <> (balance < "
        "(SELECT low_credits FROM plan_terms WHERE plan_terms.plan = accounts.plan)) RETURNING is_low, balance, plan, "
        "(SELECT low_credits FROM plan_terms WHERE plan_terms.plan = accounts.plan)");
    if (row.bind(account.str()).step() && row.integer(0) != 0) {
      fallen = {{"userId", account.str()},
                {"balance", row.integer(1)},
                {"planName", row.text(2)},
                {"threshold", row.integer(3)}};
    }
    row.run();
  }
  if (!fallen.is_null()) {
    enqueue_event(connection, account, "credits.low", account.str(), fallen, now);
  }
}

std::int64_t key_month(Connection& connection, const std::string& key, const std::string& month) {
  Statement row = connection.prepare("SELECT credits FROM key_months WHERE key = ? AND month = ?");
  return row.bind(key).bind(month).step() ? row.integer(0) : 0;
}

void count_key_month(Connection& connection, const std::string& key, const std::string& month, std::int64_t credits) {
  if (key.empty() || credits == 0) {
    return;
  }
  connection
      .prepare(
          "INSERT INTO key_months (key, month, credits) VALUES (?1, ?2, max(?3, 0)) ON CONFLICT (key, month) DO UPDATE "
          "SET credits = max(credits + ?3, 0)")
      .bind(key)
      .bind(month)
      .bind(credits)
      .run();
}

void shrink_hold(Connection& connection, const HoldId& id, const Hold& hold, std::int64_t credits) {
  if (hold.remaining == credits) {
    connection.prepare("DELETE FROM credit_holds WHERE id = ?").bind(id.str()).run();
  } else {
    connection.prepare("UPDATE credit_holds SET remaining = remaining - ? WHERE id = ?")
        .bind(credits)
        .bind(id.str())
        .run();
  }
}

/// Takes what it can out of a reservation: out of its row and of its key's month, not out of the account's sums.
Result<std::int64_t> spend_reservation(Connection& connection, const domain::Charge& charge, Timestamp now) {
  if (!charge.reservation) {
    return 0;
  }
  const std::optional<Hold> hold = find_hold(connection, *charge.reservation);
  const bool is_ours = hold && hold->account == charge.account && hold->kind == name_of(HoldKind::kReservation);
  if (!is_ours || hold->expires_at.value_or(to_unix_ms(now) + 1) <= to_unix_ms(now)) {
    return fail(
        {ErrorCode::kNotFound, "There is no such reservation, or it has ended. Reserve again, or leave it out."});
  }
  const std::int64_t taken = std::min(hold->remaining, charge.credits);
  shrink_hold(connection, *charge.reservation, *hold, taken);
  count_key_month(connection, hold->key, hold->month, -taken);
  return taken;
}

Result<void> check_key_limit(Connection& connection, const domain::Charge& charge, Timestamp now) {
  if (!charge.key_limit || charge.key.empty()) {
    return {};
  }
  const std::int64_t used = key_month(connection, charge.key.str(), month_of(now));
  if (used + charge.credits <= *charge.key_limit) {
    return {};
  }
  return fail(domain::key_limit_exceeded(*charge.key_limit, used, charge.credits));
}

void insert_hold(Connection& connection, const HoldId& id, const domain::Charge& charge, HoldKind kind,
                 const std::string& job_id, std::optional<Timestamp> until, Timestamp now) {
  connection
      .prepare(
          "INSERT INTO credit_holds (id, account, key, operation, kind, job, remaining, month, created_at, expires_at) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(id.str())
      .bind(charge.account.str())
      .bind(charge.key.str())
      .bind(domain::name_of(charge.operation))
      .bind(name_of(kind))
      .bind(job_id)
      .bind(charge.credits)
      .bind(month_of(now))
      .bind(to_unix_ms(now))
      .bind(until ? std::optional(to_unix_ms(*until)) : std::nullopt)
      .run();
}

CreditEntry entry_of(EntryType type, std::int64_t amount, Timestamp now) {
  CreditEntry entry;
  entry.id = CreditEntryId::make(now);
  entry.type = type;
  entry.amount = amount;
  entry.created_at = now;
  return entry;
}

/// An entry that follows a hold.
CreditEntry entry_of(EntryType type, std::int64_t amount, const Hold& hold, Timestamp now) {
  CreditEntry entry = entry_of(type, amount, now);
  entry.operation = hold.operation;
  entry.key_id = hold.key;
  entry.job_id = hold.job;
  return entry;
}

std::optional<CreditEntry> find_entry(Connection& connection, const AccountId& account, const std::string& reference) {
  if (reference.empty()) {
    return std::nullopt;
  }
  Statement row =
      connection.prepare("SELECT " PICTOR_ENTRY_COLUMNS " FROM credit_entries WHERE account = ? AND reference = ?");
  return row.bind(account.str()).bind(reference).step() ? std::optional(read_entry(row)) : std::nullopt;
}

Result<void> check_amount(EntryType type, std::int64_t amount, std::int64_t balance) {
  const bool may_be_negative = type == EntryType::kAdjust;
  if (amount == 0 || (amount < 0 && !may_be_negative) || amount > kMostCredits || amount < -kMostCredits) {
    return fail_field("/amount", "Give a whole number of credits, at least 1 and at most 1000000000.");
  }
  if (balance + amount < 0) {
    return fail_field("/amount", "The balance is " + std::to_string(balance) + "; it cannot fall below 0.");
  }
  if (balance + amount > kMostBalance) {
    return fail_field("/amount", "The balance would be more than " + std::to_string(kMostBalance) + " credits.");
  }
  return {};
}

}  // namespace

Result<HoldId> hold_credits(Connection& connection, const domain::Charge& charge, HoldKind kind,
                            const std::string& job_id, std::optional<Timestamp> until, Timestamp now) {
  if (charge.credits < 0 || charge.credits > kMostCredits) {
    return fail_field("/imageCount", "Give a whole number, at least 1 and at most 1000000000.");
  }
  const std::optional<std::int64_t> balance = balance_of(connection, charge.account);
  if (!balance) {
    return fail_not_found();
  }
  const Result<std::int64_t> reserved = spend_reservation(connection, charge, now);
  if (!reserved) {
    return fail(reserved.error());
  }
  if (charge.credits == 0) {
    return HoldId();
  }
  if (const Result<void> allowed = check_key_limit(connection, charge, now); !allowed) {
    return fail(allowed.error());
  }
  const std::int64_t missing = charge.credits - *reserved;
  if (missing > *balance) {
    return fail(domain::insufficient_credits(*balance + *reserved, charge.credits));
  }
  const HoldId id = HoldId::make(now);
  insert_hold(connection, id, charge, kind, job_id, until, now);
  count_key_month(connection, charge.key.str(), month_of(now), charge.credits);
  if (missing > 0) {
    CreditEntry entry = entry_of(EntryType::kHold, -missing, now);
    entry.balance_after = move_sums(connection, charge.account, -missing, missing);
    entry.operation = domain::name_of(charge.operation);
    entry.key_id = charge.key.str();
    entry.job_id = job_id;
    insert_entry(connection, charge.account, entry, std::nullopt);
  }
  // A call's hold ends within seconds, and may well go back: only what it spends is told.
  if (kind != HoldKind::kCall) {
    watch_low(connection, charge.account, now);
  }
  return id;
}

std::int64_t capture_credits(Connection& connection, const HoldId& id, std::int64_t credits, const std::string& job_id,
                             Timestamp now) {
  const std::optional<Hold> hold = find_hold(connection, id);
  const std::int64_t spent = hold ? std::clamp<std::int64_t>(credits, 0, hold->remaining) : 0;
  if (spent == 0) {
    return 0;
  }
  shrink_hold(connection, id, *hold, spent);
  CreditEntry entry = entry_of(EntryType::kCapture, 0, *hold, now);
  entry.captured = spent;
  if (!job_id.empty()) {
    entry.job_id = job_id;
  }
  entry.balance_after = move_sums(connection, hold->account, 0, -spent, spent);
  insert_entry(connection, hold->account, entry, std::nullopt);
  watch_low(connection, hold->account, now);
  return spent;
}

std::int64_t release_credits(Connection& connection, const HoldId& id, std::optional<std::int64_t> credits,
                             Timestamp now) {
  const std::optional<Hold> hold = find_hold(connection, id);
  const std::int64_t back = hold ? std::clamp<std::int64_t>(credits.value_or(hold->remaining), 0, hold->remaining) : 0;
  if (back == 0) {
    return 0;
  }
  shrink_hold(connection, id, *hold, back);
  count_key_month(connection, hold->key, hold->month, -back);
  CreditEntry entry = entry_of(EntryType::kRelease, back, *hold, now);
  entry.balance_after = move_sums(connection, hold->account, back, -back);
  insert_entry(connection, hold->account, entry, std::nullopt);
  watch_low(connection, hold->account, now);
  return back;
}

std::int64_t key_month_credits(Connection& connection, const domain::KeyId& key, Timestamp now) {
  return key_month(connection, key.str(), month_of(now));
}

std::int64_t held_credits(Connection& connection, const HoldId& id) {
  const std::optional<Hold> hold = find_hold(connection, id);
  return hold ? hold->remaining : 0;
}

Result<CreditEntry> add_entry(Connection& connection, const AccountId& account, EntryType type, std::int64_t amount,
                              const std::string& operation, const std::string& reason, const std::string& reference,
                              Timestamp now) {
  const std::optional<std::int64_t> balance = balance_of(connection, account);
  if (!balance) {
    return fail_not_found();
  }
  if (std::optional<CreditEntry> known = find_entry(connection, account, reference)) {
    return *std::move(known);
  }
  if (const Result<void> fits = check_amount(type, amount, *balance); !fits) {
    return fail(fits.error());
  }
  CreditEntry entry = entry_of(type, amount, now);
  entry.operation = operation;
  entry.reason = reason;
  entry.balance_after = move_sums(connection, account, amount, 0);
  insert_entry(connection, account, entry, reference.empty() ? std::nullopt : std::optional(reference));
  watch_low(connection, account, now);
  return entry;
}

CreditEntry read_entry(const Statement& row) {
  return {CreditEntryId::trusted(row.text(0)),
          domain::entry_type_from_name(row.text(1)),
          row.integer(2),
          row.integer(3),
          row.integer(4),
          row.text(5),
          row.text(6),
          row.text(7),
          row.text(8),
          from_unix_ms(row.integer(9))};
}

}  // namespace pictor::storage
