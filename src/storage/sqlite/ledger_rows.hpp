#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/credits.hpp"
#include "storage/sqlite/connection.hpp"

/// Moves of credits as rows, within the caller's transaction: `accounts.balance` is the sum of the account's entries,
/// `accounts.held` that of its holds' `remaining`, before and after each call. Whoever gets an Error rolls back.
namespace pictor::storage {

/// What ends a hold by itself: nothing (its job does), the end of the process, or its time.
enum class HoldKind { kJob, kCall, kReservation };

/// The most credits that one move may name; more is a typing error.
inline constexpr std::int64_t kMostCredits = 1'000'000'000;

/// Takes `charge.credits` out of the balance. What `charge.reservation` still has moves over first, without an entry:
/// it was taken when it was reserved; what it has too many stays reserved. No credits: no hold, and the empty id.
/// @param job_id  for kJob; else empty
/// @param until  for kReservation: when it goes back
/// @error kInsufficientCredits, kKeyLimitExceeded, kNotFound (the account, the reservation), kInvalidField
[[nodiscard]] Result<domain::HoldId> hold_credits(Connection& connection, const domain::Charge& charge, HoldKind kind,
                                                  const std::string& job_id, std::optional<Timestamp> until,
                                                  Timestamp now);
/// Spends up to `credits` of a hold, with one entry. @param job_id  for the entry; empty: the hold's @return how many
/// were spent: fewer when the hold has no more, 0 when it is gone or empty
std::int64_t capture_credits(Connection& connection, const domain::HoldId& hold, std::int64_t credits,
                             const std::string& job_id, Timestamp now);
/// Gives back up to `credits` of a hold, with one entry. @param credits  nullopt: all it has @return how many went back
std::int64_t release_credits(Connection& connection, const domain::HoldId& hold, std::optional<std::int64_t> credits,
                             Timestamp now);
/// Credits that a key holds and has spent in the month of `now`.
[[nodiscard]] std::int64_t key_month_credits(Connection& connection, const domain::KeyId& key, Timestamp now);
/// What a hold still has; 0 when it is gone.
[[nodiscard]] std::int64_t held_credits(Connection& connection, const domain::HoldId& hold);

/// A grant (at least 1) or an adjustment (not 0, never below a balance of 0).
/// @param reference  when the account has an entry with it, that one is returned and nothing changes; empty: always new
/// @error kNotFound (the account), kInvalidField
[[nodiscard]] Result<domain::CreditEntry> add_entry(Connection& connection, const domain::AccountId& account,
                                                    domain::EntryType type, std::int64_t amount,
                                                    const std::string& operation, const std::string& reason,
                                                    const std::string& reference, Timestamp now);

/// Columns that `read_entry` reads, in its order.
#define PICTOR_ENTRY_COLUMNS "id, type, amount, captured, balance_after, operation, key, job, reason, created_at"
[[nodiscard]] domain::CreditEntry read_entry(const Statement& row);

}  // namespace pictor::storage
