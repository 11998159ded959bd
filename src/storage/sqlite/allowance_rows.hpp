#pragma once

#include <vector>

#include "domain/account.hpp"
#include "storage/sqlite/connection.hpp"

/// Monthly allowances, within the caller's transaction. An account's periods are numbered from 1 and begin on the same
/// day of each month (its last day where the month is shorter) at the same time of day. Each is granted once: the entry
/// `allowance:<number>` exists, or it does not.
namespace pictor::storage {

/// What the ledger must know of the plans, for every process on this file.
void store_plan_terms(Connection& connection, const std::vector<domain::Plan>& plans);

/// Accounts that `grant_allowance` would change now, at most `limit`.
[[nodiscard]] std::vector<domain::AccountId> accounts_due(Connection& connection, Timestamp now, int limit);

/// Ends the periods that are over (what is unused of a plan that does not carry over goes back), grants what has begun,
/// and tops up when the plan has become a larger one within a period. Unused is what of the period's allowance was
/// neither spent nor is held: credits of other grants are spent last. @return true when it got credits
bool grant_allowance(Connection& connection, const domain::AccountId& account, Timestamp now);

}  // namespace pictor::storage
