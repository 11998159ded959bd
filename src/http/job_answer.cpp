#include "http/job_answer.hpp"

#include "http/header_values.hpp"
#include "http/problem.hpp"

namespace pictor::http {
namespace {

Json rejected_json(const std::vector<domain::Rejected>& rejected) {
  Json list = Json::array();
  for (const domain::Rejected& file : rejected) {
    list.push_back({{"filename", file.filename},
                    {"code", error_code_name(file.error.code)},
                    {"detail", file.error.public_message}});
  }
  return list;
}

/// @param rejected  a list, empty when nothing was
Response job_response(const domain::Job& job, const Json& rejected) {
  Json json = domain::to_api_json(job, &problem_of);
  if (!rejected.empty()) {
    json["rejected"] = rejected;
  }
  const bool over = domain::is_final(job.status);
  Response response = json_response(over ? 200 : 202, json);
  response.set("Location", "/v1/jobs/" + job.id.str());
  return response;
}

/// What the job cost once it is over (before, its credits are held and not charged), and what can be spent now.
void add_credits(Response& response, const domain::Principal& who, const domain::Job* job, Api& api) {
  if (job != nullptr && domain::is_final(job->status)) {
    response.set("X-Credits-Charged", std::to_string(job->charged));
  }
  if (const Result<domain::Balance> balance = api.services().credits.balance(who)) {
    response.set("X-Credits-Balance", std::to_string(balance->available));
  }
}

Response accepted_response(const domain::JobId& job, const std::string& accepted) {
  Response response = text_response(202, "application/json; charset=utf-8", accepted);
  response.set("Cache-Control", "no-store");
  response.set("Location", "/v1/jobs/" + job.str());
  return response;
}

Response event_response(const domain::JobId& job) {
  Response response;
  response.set("Content-Type", "text/event-stream");
  response.set("Cache-Control", "no-store");
  response.set("X-Accel-Buffering", "no");
  response.set("Location", "/v1/jobs/" + job.str());
  response.body = EventBody{job, 0};
  return response;
}

Response waiting_response(const Request& request, const domain::JobId& job, int wait, Json rejected, Api& api) {
  Response response;
  response.body = WaitBody{job, seconds(wait),
                           [&api, job, rejected = std::move(rejected), who = request.who(), id = request.id, wait] {
                             const Result<domain::Job> now = api.services().jobs.find(who, job.str());
                             Response answer = now ? job_response(*now, rejected) : problem_response(now.error(), id);
                             if (now) {
                               add_credits(answer, who, &*now, api);
                             }
                             answer.set("Preference-Applied", "wait=" + std::to_string(wait));
                             return answer;
                           }};
  return response;
}

bool wants_events(const Request& request) {
  return accepts_by_name(request.header_list("Accept"), "text/event-stream");
}

}  // namespace

bool waits_for_job(const Request& request) {
  return accepts_by_name(request.header_list("Accept"), "text/event-stream") ||
         preferred_wait(request.header_list("Prefer")).value_or(0) > 0;
}

Response answer_with_job(const Request& request, const domain::Job& job, Api& api,
                         std::vector<domain::Rejected> rejected) {
  const Json list = rejected_json(rejected);
  Response accepted = job_response(job, list);
  StartedJob started{job.id, std::get<std::string>(accepted.body)};
  const std::optional<int> wait = preferred_wait(request.header_list("Prefer"));
  Response response;
  if (wants_events(request)) {
    response = event_response(job.id);
    add_credits(response, request.who(), nullptr, api);
  } else if (wait && *wait > 0) {
    response = waiting_response(request, job.id, *wait, list, api);
  } else {
    response = std::move(accepted);
    response.status = 202;
    add_credits(response, request.who(), nullptr, api);
  }
  response.job = std::move(started);
  return response;
}

Result<Response> answer_with_job_again(const Request& request, const domain::JobId& job, const std::string& accepted,
                                       Api& api) {
  const std::optional<int> wait = preferred_wait(request.header_list("Prefer"));
  if (!wants_events(request) && (!wait || *wait == 0)) {
    return accepted_response(job, accepted);
  }
  if (const Result<domain::Job> found = api.services().jobs.find(request.who(), job.str()); !found) {
    return fail(found.error());
  }
  if (wants_events(request)) {
    return event_response(job);
  }
  const Result<Json> first = parse_json(accepted);
  return waiting_response(request, job, *wait, first ? first->value("rejected", Json::array()) : Json::array(), api);
}

}  // namespace pictor::http
