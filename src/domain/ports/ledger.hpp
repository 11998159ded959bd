#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/account.hpp"
#include "domain/credits.hpp"
#include "domain/ports/session_store.hpp"

namespace pictor::domain {

/// Credits: append-only entries, and holds that are not yet spent. Every move is one transaction and safe to repeat;
/// the sum of an account's entries is its balance at every moment. What is returned is on disk. Thread-safe. Jobs hold,
/// capture and release inside JobStore's own transactions.
class Ledger {
 public:
  virtual ~Ledger() = default;

  /// Counted beside the ledger: images worked on, whether they cost or not.
  struct UsageRow {
    std::string day;  ///< `2026-11-24`, UTC
    std::string key_id;
    std::string operation;
    std::int64_t images = 0;
    std::int64_t credits = 0;
    std::int64_t bytes_in = 0;
    std::int64_t bytes_out = 0;
  };
  /// How a call ended.
  struct Settled {
    std::int64_t charged = 0;
    std::int64_t balance = 0;  ///< what can be spent now
  };

  /// @error kNotFound
  virtual Result<Balance> balance(const AccountId& account) = 0;
  /// Credits that a key holds and has spent in this calendar month (UTC).
  virtual Result<std::int64_t> spent_by_key(const KeyId& key, Timestamp now) = 0;
  /// @param reference  a move with the same reference changes nothing the second time; empty: always a new one
  /// @param type  kGrant, or kAdjust (which may be negative, but never below zero: kInvalidField)
  virtual Result<CreditEntry> add(const AccountId& account, EntryType type, std::int64_t amount,
                                  const std::string& operation, const std::string& reason, const std::string& reference,
                                  Timestamp now) = 0;

  /// Takes `charge.credits` out of the balance for now, `charge.reservation` first.
  /// @param until  when it goes back by itself; none: the hold of a call, which goes back after a quarter of an hour at
  ///        the latest
  /// @error kInsufficientCredits, kKeyLimitExceeded, kNotFound (the reservation)
  virtual Result<HoldId> hold(const Charge& charge, std::optional<Timestamp> until, Timestamp now) = 0;
  /// Spends `credits` of a hold. What the hold has no longer is not spent. @return how many were
  virtual Result<std::int64_t> capture(const HoldId& hold, std::int64_t credits, Timestamp now) = 0;
  /// Gives back all that is left of a hold; one that is gone gives nothing.
  virtual Result<std::int64_t> release(const HoldId& hold, Timestamp now) = 0;
  /// The end of a call, in one move: `credits` of the hold are spent, the rest goes back, `usage` is counted.
  /// @param hold  may be empty: a call that costs nothing
  virtual Result<Settled> settle(const AccountId& account, const HoldId& hold, std::int64_t credits,
                                 const std::vector<UsageRow>& usage, Timestamp now) = 0;
  /// Gives back what a client reserved. @error kNotFound
  virtual Result<std::int64_t> release_reservation(const AccountId& account, const HoldId& hold, Timestamp now) = 0;
  /// Gives back holds whose time is over. @return how many
  virtual Result<int> expire_holds(Timestamp now) = 0;
  /// At the start of a single node: holds of calls that an earlier process did not end.
  virtual Result<int> release_calls(Timestamp now) = 0;

  /// What a new account begins with: its plan's credits for signing up, once, and its first allowance.
  /// @error kNotFound
  virtual Result<void> open_account(const AccountId& account, const Plan& plan, Timestamp now) = 0;
  /// Monthly allowances that are due, each period once whatever the clock does. @return how many accounts got one
  virtual Result<int> grant_allowances(const std::vector<Plan>& plans, Timestamp now) = 0;

  virtual Result<Page<CreditEntry>> entries(const AccountId& account, const PageRequest& page) = 0;
  /// Accounts whose balance is not the sum of their entries, or whose holds do not add up: none, ever.
  virtual Result<std::vector<AccountId>> mismatches() = 0;

  virtual Result<void> count_usage(const AccountId& account, const UsageRow& row) = 0;
  /// From day to day, both included, oldest first. Empty: without that end.
  virtual Result<std::vector<UsageRow>> usage(const AccountId& account, const std::string& from,
                                              const std::string& to) = 0;
};

}  // namespace pictor::domain
