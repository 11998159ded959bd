#include "storage/sqlite/allowance_rows.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include "storage/sqlite/ledger_rows.hpp"

namespace pictor::storage {
namespace {

using domain::AccountId;
using domain::EntryType;

/// A month later on `day`, or on that month's last day.
Timestamp next_period(Timestamp time, unsigned day) {
  const auto midnight = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(midnight);
  const std::chrono::year_month month = date.year() / date.month() + std::chrono::months(1);
  const unsigned last = static_cast<unsigned>((month / std::chrono::last).day());
  const std::chrono::sys_days begin = month / std::chrono::day(std::min(day, last));
  return begin + (time - midnight);
}

unsigned day_of(Timestamp time) {
  return static_cast<unsigned>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(time)).day());
}

/// An account's period as its row keeps it, with its plan's terms.
struct Period {
  std::int64_t balance = 0;
  std::int64_t held = 0;
  std::int64_t number = 0;  ///< of the one that runs; 0 before the first
  std::optional<Timestamp> ends;
  unsigned day = 0;
  std::int64_t granted = 0;
  std::int64_t spent = 0;
  std::int64_t allowance = 0;  ///< of the plan
  bool carries_over = false;
};

std::optional<Period> read_period(Connection& connection, const AccountId& account) {
  Statement row = connection.prepare(
      "SELECT balance, held, periods, resets_at, period_day, period_credits, period_spent, monthly_credits, "
      "carries_over FROM accounts JOIN plan_terms ON plan_terms.plan = accounts.plan WHERE id = ?");
  if (!row.bind(account.str()).step()) {
    return std::nullopt;
  }
  Period period;
  period.balance = row.integer(0);
  period.held = row.integer(1);
  period.number = row.integer(2);
  if (!row.is_null(3)) {
    period.ends = from_unix_ms(row.integer(3));
  }
  period.day = static_cast<unsigned>(row.integer(4));
  period.granted = row.integer(5);
  period.spent = row.integer(6);
  period.allowance = row.integer(7);
  period.carries_over = row.integer(8) != 0;
  return period;
}

void write_period(Connection& connection, const AccountId& account, const Period& period) {
  connection
      .prepare(
          "UPDATE accounts SET periods = ?, resets_at = ?, period_day = ?, period_credits = ?, period_spent = ? WHERE "
          "id = ?")
      .bind(period.number)
      .bind(period.ends ? std::optional(to_unix_ms(*period.ends)) : std::nullopt)
      .bind(static_cast<std::int64_t>(period.day))
      .bind(period.granted)
      .bind(period.spent)
      .bind(account.str())
      .run();
}

/// An entry of an allowance; what cannot be written breaks the transaction.
void add(Connection& connection, const AccountId& account, EntryType type, std::int64_t amount,
         const std::string& reason, const std::string& reference, Timestamp now) {
  if (const auto entry = add_entry(connection, account, type, amount, "allowance", reason, reference, now); !entry) {
    throw SqliteProblem("ledger: allowance of " + account.str() + ": " + entry.error().public_message);
  }
}

void end_period(Connection& connection, const AccountId& account, Period& period, Timestamp now) {
  const std::int64_t unused = std::min(period.granted - period.spent - period.held, period.balance);
  if (!period.carries_over && unused > 0) {
    add(connection, account, EntryType::kAdjust, -unused, "Unused allowance", "unused:" + std::to_string(period.number),
        now);
    period.balance -= unused;
  }
  period.granted = 0;
  period.spent = 0;
}

void begin_period(Connection& connection, const AccountId& account, Period& period, Timestamp begin, Timestamp now) {
  ++period.number;
  period.ends = next_period(begin, period.day);
  period.granted = period.allowance;
  period.spent = 0;
  add(connection, account, EntryType::kGrant, period.allowance, "Monthly allowance",
      "allowance:" + std::to_string(period.number), now);
  period.balance += period.allowance;
}

}  // namespace

void store_plan_terms(Connection& connection, const std::vector<domain::Plan>& plans) {
  for (const domain::Plan& plan : plans) {
    connection
        .prepare(
            "INSERT INTO plan_terms (plan, monthly_credits, carries_over, low_credits) VALUES (?, ?, ?, ?) ON CONFLICT "
            "(plan) DO UPDATE SET monthly_credits = excluded.monthly_credits, carries_over = excluded.carries_over, "
            "low_credits = excluded.low_credits")
        .bind(plan.name)
        .bind(plan.monthly_credits)
        .bind(plan.carries_over)
        .bind(plan.low_credits)
        .run();
  }
}

std::vector<AccountId> accounts_due(Connection& connection, Timestamp now, int limit) {
  Statement row = connection.prepare(
      "SELECT id FROM accounts JOIN plan_terms ON plan_terms.plan = accounts.plan WHERE resets_at <= ? OR "
      "(monthly_credits > 0 AND (resets_at IS NULL OR monthly_credits > period_credits)) LIMIT ?");
  row.bind(to_unix_ms(now)).bind(limit);
  std::vector<AccountId> accounts;
  while (row.step()) {
    accounts.push_back(AccountId::trusted(row.text(0)));
  }
  return accounts;
}

bool grant_allowance(Connection& connection, const AccountId& account, Timestamp now) {
  std::optional<Period> period = read_period(connection, account);
  if (!period) {
    return false;
  }
  const std::int64_t before = period->number;
  while (period->ends && *period->ends <= now) {
    const Timestamp begin = *period->ends;
    end_period(connection, account, *period, now);
    if (period->allowance > 0) {
      begin_period(connection, account, *period, begin, now);
    } else {
      period->ends.reset();
    }
  }
  if (!period->ends && period->allowance > 0) {
    period->day = day_of(now);
    begin_period(connection, account, *period, now, now);
  }
  bool is_larger = false;
  if (period->ends && period->allowance > period->granted) {
    is_larger = true;
    add(connection, account, EntryType::kGrant, period->allowance - period->granted,
        "Monthly allowance of a larger plan",
        "allowance:" + std::to_string(period->number) + ":" + std::to_string(period->allowance), now);
    period->granted = period->allowance;
  }
  write_period(connection, account, *period);
  return period->number > before || is_larger;
}

}  // namespace pictor::storage
