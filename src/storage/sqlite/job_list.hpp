#pragma once

#include "domain/ports/job_store.hpp"
#include "storage/sqlite/connection.hpp"

namespace pictor::storage {

/// The account's jobs that the filter lets through, newest first, without items. @throw SqliteProblem
[[nodiscard]] domain::Page<domain::Job> list_jobs(Connection& connection, const domain::AccountId& account,
                                                  const domain::JobFilter& filter, const domain::PageRequest& page);

}  // namespace pictor::storage
