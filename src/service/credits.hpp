#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/ports/account_store.hpp"
#include "domain/ports/ledger.hpp"

namespace pictor::service {

/// `POST /v1/credits/check`.
struct CreditCheck {
  domain::Operation action = domain::Operation::kExport;
  int image_count = 1;
  bool deduct = false;
};
/// @error kUnknownField, kInvalidField, all at once
[[nodiscard]] Result<CreditCheck> parse_credit_check(const Json& body);

/// `GET /v1/usage`: which of the three each row is of, and from which day to which.
struct UsageQuery {
  bool by_key = false;
  bool by_day = false;
  bool by_operation = false;
  std::string from;  ///< `2026-11-24`; empty: from the first day
  std::string to;    ///< included; empty: to today
};
/// @param group_by  some of `key,day,operation`; nullopt: day @error kInvalidField
[[nodiscard]] Result<UsageQuery> parse_usage_query(const std::optional<std::string>& group_by,
                                                   const std::optional<std::string>& from,
                                                   const std::optional<std::string>& to);

/// What clients see of their credits. Blocks briefly; thread-safe.
class Credits {
 public:
  Credits(domain::Ledger& ledger, domain::AccountStore& accounts, std::vector<domain::Plan> plans, const Clock& clock,
          milliseconds reservation_time_to_live);

  struct Overview {
    domain::Balance balance;
    std::string plan;
    int monthly_allowance = 0;
    std::optional<Timestamp> resets_at;
  };
  Result<domain::Balance> balance(const domain::Principal& who) { return ledger_.balance(who.account); }
  Result<Overview> overview(const domain::Principal& who);

  struct Verdict {
    bool sufficient = false;
    std::int64_t balance = 0;  ///< before what is reserved
    std::int64_t cost = 0;
    std::optional<domain::HoldId> reservation;
    std::optional<Timestamp> expires_at;  ///< of the reservation
  };
  /// @error kKeyLimitExceeded  the account could, but not with this key
  Result<Verdict> check(const domain::Principal& who, const CreditCheck& wanted);
  /// @error kNotFound
  Result<void> release(const domain::Principal& who, const std::string& reservation);

  Result<domain::Page<domain::CreditEntry>> transactions(const domain::Principal& who, const domain::PageRequest& page);
  /// Summed by what the query names, which alone is filled; by day, key, operation in order, oldest first.
  Result<std::vector<domain::Ledger::UsageRow>> usage(const domain::Principal& who, const UsageQuery& query);

 private:
  domain::Ledger& ledger_;
  domain::AccountStore& accounts_;
  std::vector<domain::Plan> plans_;
  const Clock& clock_;
  milliseconds reservation_time_to_live_;
};

/// The day of a time, UTC: `2026-11-24`.
[[nodiscard]] std::string day_of(Timestamp time);

}  // namespace pictor::service
