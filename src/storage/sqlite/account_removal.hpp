#pragma once

#include "base/error.hpp"
#include "domain/ids.hpp"
#include "storage/sqlite/connection.hpp"

namespace pictor::storage {

/// Everything of an account goes, within the caller's transaction, as AccountStore::remove promises.
/// @return false when there is none
[[nodiscard]] bool remove_account(Connection& connection, const domain::AccountId& account, Timestamp now);

/// For rows that a request makes while its account may be deleted: asked in the transaction that inserts them.
[[nodiscard]] bool account_exists(Connection& connection, const domain::AccountId& account);
/// What such a request is told. @error kInvalidApiKey
[[nodiscard]] tl::unexpected<Error> fail_account_gone();

}  // namespace pictor::storage
