#pragma once

#include <optional>
#include <vector>

#include "domain/job.hpp"
#include "storage/sqlite/connection.hpp"

namespace pictor::storage {

/// An item that nobody works on.
struct FreeItem {
  domain::JobId job;
  int position = 0;
  domain::JobPriority priority = domain::JobPriority::kBatch;
};

/// Whose turn it is: accounts take turns; of one account's work the interactive goes first, with every fourth turn for
/// its batch; then jobs by age. Items of cancelled jobs that came back unworked (a crash, a
/// lost worker) end here.
/// @param changed  takes the jobs that ended so
[[nodiscard]] std::optional<FreeItem> next_item(Connection& connection, Timestamp now,
                                                std::vector<domain::JobId>& changed);
/// Marks the item as being worked on, its job as running, and that its account had its turn.
/// @param changed  takes the job when this was its first item
[[nodiscard]] domain::Lease take_item(Connection& connection, const FreeItem& item, Timestamp now, Timestamp until,
                                      std::vector<domain::JobId>& changed);

}  // namespace pictor::storage
