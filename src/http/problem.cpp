#include "http/problem.hpp"

#include <algorithm>

namespace pictor::http {

const ProblemRow& problem_row(ErrorCode code) {
  const auto row =
      std::find_if(kProblems.begin(), kProblems.end(), [code](const ProblemRow& r) { return r.code == code; });
  return row == kProblems.end() ? kProblems.front() : *row;
}

Json problem_json(const Error& error, std::string_view request_id) {
  const ProblemRow& row = problem_row(error.code);
  const std::string_view name = error_code_name(error.code);
  const std::string detail = error.public_message.empty() ? std::string(row.meaning) : error.public_message;
  Json json{{"type", "/errors/" + std::string(name)},
            {"title", row.title},
            {"status", row.status},
            {"detail", detail},
            {"code", name}};
  if (!request_id.empty()) {
    json["requestId"] = request_id;
  }
  if (!error.fields.empty()) {
    Json fields = Json::array();
    for (const FieldError& field : error.fields) {
      fields.push_back({{"pointer", field.pointer}, {"detail", field.detail}});
    }
    json["errors"] = std::move(fields);
  }
  json["error"] = detail;
  return json;
}

Json problem_of(const Error& error) { return problem_json(error, {}); }

}  // namespace pictor::http
