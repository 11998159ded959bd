#include "service/credits.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "domain/checked_object.hpp"

namespace pictor::service {
namespace {

using domain::Ledger;
using domain::Principal;

/// As many as an account may hold at once; more is a typing error.
constexpr int kMostImages = 1'000'000;

bool is_day(const std::string& text) { return text.size() == 10 && parse_timestamp(text + "T00:00:00Z").has_value(); }

Error no_such_word(std::string_view word) {
  return fail_field("?groupBy", "\"" + std::string(word) + "\" is not one of: key, day, operation.").value();
}

}  // namespace

std::string day_of(Timestamp time) { return format_timestamp(time).substr(0, 10); }

Result<CreditCheck> parse_credit_check(const Json& json) {
  domain::CheckedObject body(json, "");
  CreditCheck check;
  if (const auto action = body.one_of("action", {"analyze", "export", "optimize", "sample"})) {
    check.action = *domain::operation_from_name(*action);
  } else if (!body.has("action")) {
    body.add_fault("action", "Name what you want to do: analyze, export, optimize or sample.");
  }
  if (const auto count = body.integer("imageCount", 1, kMostImages)) {
    check.image_count = *count;
  } else if (!body.has("imageCount")) {
    body.add_fault("imageCount", "Say how many images: a whole number from 1.");
  }
  check.deduct = body.boolean("deduct").value_or(false);
  if (const Result<void> checked = body.finish(); !checked) {
    return fail(checked.error());
  }
  return check;
}

Result<UsageQuery> parse_usage_query(const std::optional<std::string>& group_by, const std::optional<std::string>& from,
                                     const std::optional<std::string>& to) {
  UsageQuery query;
  std::string_view rest = group_by ? std::string_view(*group_by) : "day";
  while (true) {
    const std::string_view word = rest.substr(0, rest.find(','));
    query.by_key = query.by_key || word == "key";
    query.by_day = query.by_day || word == "day";
    query.by_operation = query.by_operation || word == "operation";
    if (word != "key" && word != "day" && word != "operation") {
      return fail(no_such_word(word));
    }
    if (word.size() == rest.size()) {
      break;
    }
    rest.remove_prefix(word.size() + 1);
  }
  for (const auto& [name, day] : {std::pair{"?from", &from}, std::pair{"?to", &to}}) {
    if (*day && !is_day(**day)) {
      return fail_field(name, "This must be a day such as 2026-11-24.");
    }
  }
  query.from = from.value_or("");
  query.to = to.value_or("");
  if (from && to && *from > *to) {
    return fail_field("?to", "This day is before the day that from names.");
  }
  return query;
}

Credits::Credits(Ledger& ledger, domain::AccountStore& accounts, std::vector<domain::Plan> plans, const Clock& clock,
                 milliseconds reservation_time_to_live)
    : ledger_(ledger),
      accounts_(accounts),
      plans_(std::move(plans)),
      clock_(clock),
      reservation_time_to_live_(reservation_time_to_live) {}

Result<Credits::Overview> Credits::overview(const Principal& who) {
  const Result<domain::Balance> balance = ledger_.balance(who.account);
  const Result<std::optional<domain::Account>> account = accounts_.find(who.account);
  if (!balance || !account) {
    return fail(!balance ? balance.error() : account.error());
  }
  if (!*account) {
    return fail_not_found();
  }
  Overview overview{*balance, (*account)->plan};
  const auto plan = std::find_if(plans_.begin(), plans_.end(),
                                 [&overview](const domain::Plan& row) { return row.name == overview.plan; });
  overview.monthly_allowance = plan == plans_.end() ? 0 : plan->monthly_credits;
  overview.resets_at = (*account)->resets_at;
  return overview;
}

Result<Credits::Verdict> Credits::check(const Principal& who, const CreditCheck& wanted) {
  const Timestamp now = clock_.now();
  Verdict verdict;
  verdict.cost = std::int64_t{domain::cost_of(wanted.action)} * wanted.image_count;
  const Result<domain::Balance> balance = ledger_.balance(who.account);
  if (!balance) {
    return fail(balance.error());
  }
  verdict.balance = balance->available;
  verdict.sufficient = verdict.balance >= verdict.cost;
  if (!verdict.sufficient || verdict.cost == 0) {
    return verdict;
  }
  if (who.monthly_credit_limit) {
    const Result<std::int64_t> spent = ledger_.spent_by_key(who.key, now);
    if (!spent) {
      return fail(spent.error());
    }
    if (*spent + verdict.cost > *who.monthly_credit_limit) {
      return fail(domain::key_limit_exceeded(*who.monthly_credit_limit, *spent, verdict.cost));
    }
  }
  if (!wanted.deduct) {
    return verdict;
  }
  const domain::Charge charge{who.account,   who.key,      who.monthly_credit_limit,
                              wanted.action, verdict.cost, std::nullopt};
  verdict.expires_at = now + reservation_time_to_live_;
  const Result<domain::HoldId> hold = ledger_.hold(charge, verdict.expires_at, now);
  if (!hold && hold.error().code == ErrorCode::kInsufficientCredits) {
    // Somebody was faster: the answer is that of the balance now.
    const Result<domain::Balance> left = ledger_.balance(who.account);
    return Verdict{false, left ? left->available : 0, verdict.cost, std::nullopt, std::nullopt};
  }
  if (!hold) {
    return fail(hold.error());
  }
  verdict.reservation = *hold;
  return verdict;
}

Result<void> Credits::release(const Principal& who, const std::string& reservation) {
  const Result<domain::HoldId> id = domain::HoldId::parse(reservation);
  if (!id) {
    return fail(id.error());
  }
  const Result<std::int64_t> released = ledger_.release_reservation(who.account, *id, clock_.now());
  return released ? Result<void>() : fail(released.error());
}

Result<domain::Page<domain::CreditEntry>> Credits::transactions(const Principal& who, const domain::PageRequest& page) {
  return ledger_.entries(who.account, page);
}

Result<std::vector<Ledger::UsageRow>> Credits::usage(const Principal& who, const UsageQuery& query) {
  const Result<std::vector<Ledger::UsageRow>> rows = ledger_.usage(who.account, query.from, query.to);
  if (!rows) {
    return fail(rows.error());
  }
  std::map<std::tuple<std::string, std::string, std::string>, Ledger::UsageRow> sums;
  for (const Ledger::UsageRow& row : *rows) {
    const std::string day = query.by_day ? row.day : "";
    const std::string key = query.by_key ? row.key_id : "";
    const std::string operation = query.by_operation ? row.operation : "";
    Ledger::UsageRow& sum = sums[{day, key, operation}];
    sum.day = day;
    sum.key_id = key;
    sum.operation = operation;
    sum.images += row.images;
    sum.credits += row.credits;
    sum.bytes_in += row.bytes_in;
    sum.bytes_out += row.bytes_out;
  }
  std::vector<Ledger::UsageRow> result;
  for (auto& [group, sum] : sums) {
    result.push_back(std::move(sum));
  }
  return result;
}

}  // namespace pictor::service
