#include "http/handlers/common.hpp"
#include "http/handlers/handlers.hpp"
#include "http/problem.hpp"
#include "service/job_filter.hpp"

namespace pictor::http::handlers {
namespace {

/// GET /v1/jobs (openapi: listJobs).
Result<Response> list(Request& request, Api& api) {
  const Result<domain::PageRequest> page =
      page_request(request, {"status", "type", "sessionId", "createdAfter", "createdBefore"});
  if (!page) {
    return fail(page.error());
  }
  const Result<domain::JobFilter> filter =
      service::parse_job_filter({request.query("status"), request.query("type"), request.query("sessionId"),
                                 request.query("createdAfter"), request.query("createdBefore")});
  if (!filter) {
    return fail(filter.error());
  }
  const Result<domain::Page<domain::Job>> found = api.services().jobs.list(request.who(), *filter, *page);
  if (!found) {
    return fail(found.error());
  }
  Json items = Json::array();
  for (const domain::Job& job : found->items) {
    items.push_back(domain::to_api_json(job, &problem_of));
  }
  return page_response(request, *page, std::move(items), found->next_cursor);
}

/// GET /v1/jobs/{jobId} (openapi: getJob).
Result<Response> read(Request& request, Api& api) {
  const Result<domain::Job> job = api.services().jobs.find(request.who(), request.parameter("jobId"));
  if (!job) {
    return fail(job.error());
  }
  return json_response(200, domain::to_api_json(*job, &problem_of));
}

/// POST /v1/jobs/{jobId}/cancel (openapi: cancelJob).
Result<Response> cancel(Request& request, Api& api) {
  const Result<domain::Job> job = api.services().jobs.cancel(request.who(), request.parameter("jobId"));
  if (!job) {
    return fail(job.error());
  }
  return json_response(200, domain::to_api_json(*job, &problem_of));
}

/// GET /v1/jobs/{jobId}/callback/deliveries (openapi: listCallbackDeliveries).
Result<Response> callback_deliveries(Request& request, Api& api) {
  const Result<domain::PageRequest> page = page_request(request);
  if (!page) {
    return fail(page.error());
  }
  const Result<domain::Job> job = api.services().jobs.find(request.who(), request.parameter("jobId"));
  if (!job) {
    return fail(job.error());
  }
  const auto found = api.services().webhooks->callback_deliveries(request.who(), job->id, *page);
  if (!found) {
    return fail(found.error());
  }
  Json items = Json::array();
  for (const domain::Delivery& delivery : found->items) {
    items.push_back(domain::to_api_json(delivery));
  }
  return page_response(request, *page, std::move(items), found->next_cursor);
}

/// POST /v1/jobs/{jobId}/callback/redeliver (openapi: redeliverCallback).
Result<Response> redeliver_callback(Request& request, Api& api) {
  if (Result<void> known = request.allow_query({}); !known) {
    return fail(known.error());
  }
  const Result<domain::Job> job = api.services().jobs.find(request.who(), request.parameter("jobId"));
  if (!job) {
    return fail(job.error());
  }
  const Result<domain::Delivery> made = api.services().webhooks->redeliver_callback(request.who(), *job);
  if (!made) {
    return fail(made.error());
  }
  return json_response(202, domain::to_api_json(*made));
}

/// A whole number of at most 18 digits; 0 for no text.
Result<std::int64_t> event_id(const std::string& text, const char* where) {
  if (text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos) {
    return fail_field(where, "This must be the id of an event: a whole number.");
  }
  return text.empty() ? std::int64_t{0} : std::int64_t{std::stoll(text)};
}

/// GET /v1/jobs/{jobId}/events (openapi: streamJobEvents).
Result<Response> events(Request& request, Api& api) {
  if (Result<void> known = request.allow_query({"after"}); !known) {
    return fail(known.error());
  }
  const Result<std::int64_t> from_query = event_id(request.query("after").value_or(""), "?after");
  const Result<std::int64_t> from_header = event_id(std::string(request.header("Last-Event-ID")), "Last-Event-ID");
  if (!from_query || !from_header) {
    return fail(!from_query ? from_query.error() : from_header.error());
  }
  const Result<domain::Job> job = api.services().jobs.find(request.who(), request.parameter("jobId"));
  if (!job) {
    return fail(job.error());
  }
  // A browser repeats the first address when it reconnects: the header, where there is one, is the newer.
  const std::int64_t after = std::max(*from_query, *from_header);
  if (after > 0 && domain::is_final(job->status)) {
    const Result<std::vector<domain::JobEvent>> rest = api.services().jobs.events(job->id, after, 1);
    if (!rest) {
      return fail(rest.error());
    }
    if (rest->empty()) {
      return empty_response();  // 204 tells an EventSource not to come again
    }
  }
  Response response;
  response.set("Content-Type", "text/event-stream");
  response.set("Cache-Control", "no-store");
  response.set("X-Accel-Buffering", "no");
  response.body = EventBody{job->id, after};
  return response;
}

}  // namespace

void add_jobs(Router& router, Api& api) {
  const auto add = [&router, &api](Method method, std::string_view pattern, std::string_view produces,
                                   Result<Response> (*handler)(Request&, Api&)) {
    router.add({method,
                pattern,
                Access::kKey,
                domain::Scope::kImages,
                BodyKind::kNone,
                Lane::kQuick,
                {produces},
                [&api, handler](Request& request) { return handler(request, api); }});
  };
  add(Method::kGet, "/v1/jobs", "application/json", list);
  add(Method::kGet, "/v1/jobs/{jobId}", "application/json", read);
  add(Method::kGet, "/v1/jobs/{jobId}/events", "text/event-stream", events);
  add(Method::kPost, "/v1/jobs/{jobId}/cancel", "application/json", cancel);
  if (api.services().webhooks != nullptr) {
    add(Method::kGet, "/v1/jobs/{jobId}/callback/deliveries", "application/json", callback_deliveries);
    add(Method::kPost, "/v1/jobs/{jobId}/callback/redeliver", "application/json", redeliver_callback);
  }
}

}  // namespace pictor::http::handlers
