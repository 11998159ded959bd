#pragma once

#include <string>
#include <vector>

#include "domain/ports/ledger.hpp"
#include "storage/sqlite/connection.hpp"

namespace pictor::storage {

/// Adds to the row's day, key and operation; within the caller's transaction.
void count_usage(Connection& connection, const domain::AccountId& account, const domain::Ledger::UsageRow& row);
/// From day to day, both included, oldest first; an empty day leaves that end open.
[[nodiscard]] std::vector<domain::Ledger::UsageRow> read_usage(Connection& connection, const domain::AccountId& account,
                                                               const std::string& from, const std::string& to);

}  // namespace pictor::storage
