#include "http/response.hpp"

#include <array>

#include "http/problem.hpp"

namespace pictor::http {
namespace {

constexpr std::array kReasons = {
    std::pair{200, std::string_view("OK")},
    std::pair{201, std::string_view("Created")},
    std::pair{202, std::string_view("Accepted")},
    std::pair{204, std::string_view("No Content")},
    std::pair{206, std::string_view("Partial Content")},
    std::pair{304, std::string_view("Not Modified")},
    std::pair{400, std::string_view("Bad Request")},
    std::pair{401, std::string_view("Unauthorized")},
    std::pair{402, std::string_view("Payment Required")},
    std::pair{403, std::string_view("Forbidden")},
    std::pair{404, std::string_view("Not Found")},
    std::pair{405, std::string_view("Method Not Allowed")},
    std::pair{406, std::string_view("Not Acceptable")},
    std::pair{408, std::string_view("Request Timeout")},
    std::pair{409, std::string_view("Conflict")},
    std::pair{410, std::string_view("Gone")},
    std::pair{412, std::string_view("Precondition Failed")},
    std::pair{413, std::string_view("Content Too Large")},
    std::pair{415, std::string_view("Unsupported Media Type")},
    std::pair{416, std::string_view("Range Not Satisfiable")},
    std::pair{417, std::string_view("Expectation Failed")},
    std::pair{422, std::string_view("Unprocessable Content")},
    std::pair{429, std::string_view("Too Many Requests")},
    std::pair{431, std::string_view("Request Header Fields Too Large")},
    std::pair{500, std::string_view("Internal Server Error")},
    std::pair{503, std::string_view("Service Unavailable")},
    std::pair{504, std::string_view("Gateway Timeout")},
};

}  // namespace

std::string_view reason_phrase(int status) {
  for (const auto& [code, text] : kReasons) {
    if (code == status) {
      return text;
    }
  }
  return "Unknown";
}

Response json_response(int status, const Json& json) {
  Response response = text_response(status, "application/json; charset=utf-8", dump_json(json));
  response.set("Cache-Control", "no-store");
  return response;
}

Response text_response(int status, std::string media_type, std::string text) {
  Response response;
  response.status = status;
  response.set("Content-Type", std::move(media_type));
  response.body = std::move(text);
  return response;
}

Response empty_response(int status) {
  Response response;
  response.status = status;
  return response;
}

Response problem_response(const Error& error, std::string_view request_id) {
  const ProblemRow& row = problem_row(error.code);
  Response response =
      text_response(row.status, "application/problem+json; charset=utf-8", dump_json(problem_json(error, request_id)));
  response.set("Cache-Control", "no-store");
  response.error_note = error.private_message;
  if (row.status == 503 || row.status == 429) {
    response.set("Retry-After", std::to_string(error.retry_after_seconds.value_or(row.status == 503 ? 2 : 1)));
  } else if (error.retry_after_seconds) {
    response.set("Retry-After", std::to_string(*error.retry_after_seconds));
  }
  if (row.status == 401) {
    response.set("WWW-Authenticate", "Bearer realm=\"pictor\"");
  }
  return response;
}

}  // namespace pictor::http
