#pragma once

#include <optional>

#include "domain/account.hpp"
#include "storage/sqlite/connection.hpp"

namespace pictor::storage {

/// Columns that `read_key` reads, in its order.
#define PICTOR_KEY_COLUMNS                                                                             \
  "id, account, name, hash, last_four, scopes, active, expires_at, created_at, monthly_credit_limit, " \
  "last_used_at"
[[nodiscard]] domain::ApiKey read_key(const Statement& row);

// Within the caller's transaction.

void insert_key(Connection& connection, const domain::ApiKey& key);
/// Everything of it but hash and account.
void write_key(Connection& connection, const domain::ApiKey& key);
[[nodiscard]] std::optional<domain::ApiKey> find_key(Connection& connection, const domain::AccountId& account,
                                                     const domain::KeyId& key);
/// Keys that are active and have not ended.
[[nodiscard]] int count_usable(Connection& connection, const domain::AccountId& account, Timestamp now);

}  // namespace pictor::storage
