#pragma once

#include "domain/ids.hpp"
#include "storage/sqlite/connection.hpp"

namespace pictor::storage {

/// Everything of an account goes, within the caller's transaction, as AccountStore::remove promises.
/// @return false when there is none
[[nodiscard]] bool remove_account(Connection& connection, const domain::AccountId& account, Timestamp now);

}  // namespace pictor::storage
