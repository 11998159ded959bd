#pragma once

#include <optional>
#include <string>

#include "domain/ports/job_store.hpp"

namespace pictor::service {

/// The filters of `GET /v1/jobs` as the query has them; nullopt: not there.
struct JobFilterQuery {
  std::optional<std::string> status;  ///< some of the statuses, commas between
  std::optional<std::string> type;    ///< some of the types, commas between
  std::optional<std::string> session_id;
  std::optional<std::string> created_after;  ///< RFC 3339
  std::optional<std::string> created_before;
};
/// @error kInvalidField  naming the parameter
[[nodiscard]] Result<domain::JobFilter> parse_job_filter(const JobFilterQuery& query);

}  // namespace pictor::service
