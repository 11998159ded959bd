#pragma once

#include <vector>

#include "http/api.hpp"

namespace pictor::http {

/// The answer to a request that started a job; one place for analyze, export and sample (api.md section 4):
/// `Accept: text/event-stream` → 200 and the events; `Prefer: wait=N` → 200 with the finished job or 202 when it takes
/// longer; else 202. 202 has `Location`.
/// @param rejected  files of this very call that were refused; named in the JSON forms
[[nodiscard]] Response answer_with_job(const Request& request, const domain::Job& job, Api& api,
                                       std::vector<domain::Rejected> rejected);

/// The same for a request that is given its first answer again: the 202 as it was, the events, or the job as it is now.
/// @param accepted  StartedJob::accepted
/// @error kNotFound  the job went with its session, and events or the finished job are asked for
[[nodiscard]] Result<Response> answer_with_job_again(const Request& request, const domain::JobId& job,
                                                     const std::string& accepted, Api& api);
/// The first two forms: somebody watches.
[[nodiscard]] bool waits_for_job(const Request& request);

}  // namespace pictor::http
