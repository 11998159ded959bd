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

Response job_response(const domain::Job& job, const std::vector<domain::Rejected>& rejected) {
  Json json = domain::to_api_json(job, &problem_of);
  if (!rejected.empty()) {
    json["rejected"] = rejected_json(rejected);
  }
  const bool over = domain::is_final(job.status);
  Response response = json_response(over ? 200 : 202, json);
  response.set("Location", "/v1/jobs/" + job.id.str());
  return response;
}

}  // namespace

Response answer_with_job(const Request& request, const domain::Job& job, Api& api,
                         std::vector<domain::Rejected> rejected) {
  if (accepts_by_name(request.header_list("Accept"), "text/event-stream")) {
    Response response;
    response.set("Content-Type", "text/event-stream");
    response.set("Cache-Control", "no-store");
    response.set("X-Accel-Buffering", "no");
    response.set("Location", "/v1/jobs/" + job.id.str());
    response.body = EventBody{job.id, 0};
    return response;
  }
  const std::optional<int> wait = preferred_wait(request.header_list("Prefer"));
  if (!wait || *wait == 0) {
    Response response = job_response(job, rejected);
    response.status = 202;
    return response;
  }
  Response response;
  response.body = WaitBody{job.id, seconds(*wait),
                           [&api, job, rejected = std::move(rejected), who = request.who(), id = request.id, wait] {
                             const Result<domain::Job> now = api.services().jobs.find(who, job.id.str());
                             Response answer = now ? job_response(*now, rejected) : problem_response(now.error(), id);
                             answer.set("Preference-Applied", "wait=" + std::to_string(*wait));
                             return answer;
                           }};
  return response;
}

}  // namespace pictor::http
