#include "http/idempotency.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "base/hash.hpp"
#include "http/handlers/common.hpp"
#include "http/header_values.hpp"
#include "http/job_answer.hpp"
#include "http/problem.hpp"

namespace pictor::http {
namespace {

constexpr std::string_view kName = "Idempotency-Key";
constexpr std::size_t kLongestKey = 255;

/// Of a job that has ended by now it is that of the end, otherwise that of the first answer.
constexpr std::string_view kBalance = "X-Credits-Balance";

/// Made anew for each answer that is about a job, in its own form.
constexpr std::array<std::string_view, 5> kFormHeaders = {"content-type", "cache-control", "location",
                                                          "x-accel-buffering", "preference-applied"};

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

/// Hashes a list of texts so that no two lists give the same bytes.
class FieldHash {
 public:
  void add(std::string_view text) {
    hash_.update(as_bytes(std::to_string(text.size()) + ":"));
    hash_.update(as_bytes(text));
  }
  void add(const service::Incoming& file) {
    add("file");
    add(file.filename);
    add(file.blob ? std::string_view(file.blob->id) : std::string_view());
    add(file.url);
    add(file.error ? error_code_name(file.error->code) : std::string_view());
  }
  [[nodiscard]] std::string finish() { return hex_encode(hash_.finish()); }

 private:
  Sha256 hash_;
};

/// Placeholders of long strings are random; their digests follow the JSON.
std::string comparable_json(const Upload& upload) {
  std::string text = dump_json(*upload.json);
  if (upload.placeholder.empty()) {
    return text;
  }
  for (std::size_t at = 0; (at = text.find(upload.placeholder, at)) != std::string::npos;) {
    text.erase(at, upload.placeholder.size());
  }
  return text;
}

domain::IdempotencyKey key_of_request(const Request& request) {
  // Sign-up has no account yet: who asks again asks from the same place.
  return {request.principal ? request.principal->account.str() : "address " + request.remote_address,
          std::string(request.header(kName))};
}

/// @error kInternal  a body that can't be given again: no POST makes one
Result<domain::StoredAnswer> stored_form(const Response& response) {
  domain::StoredAnswer answer;
  answer.status = response.status;
  for (const Header& header : response.headers) {
    const std::string name = lower_ascii(header.name);
    if (!response.job || std::find(kFormHeaders.begin(), kFormHeaders.end(), name) == kFormHeaders.end()) {
      answer.headers.emplace_back(header.name, header.value);
    }
  }
  if (response.job) {
    answer.status = 202;
    answer.job = response.job->id.str();
    answer.body = response.job->accepted;
    return answer;
  }
  if (const auto* text = std::get_if<std::string>(&response.body)) {
    answer.body = *text;
    return answer;
  }
  if (const auto* file = std::get_if<FileBody>(&response.body); file != nullptr && !file->blob.empty()) {
    answer.blob = file->blob;
    return answer;
  }
  if (std::holds_alternative<std::monostate>(response.body)) {
    return answer;
  }
  return fail_internal("an answer to an idempotent request that can't be stored");
}

Result<Response> given_again(const Request& request, const domain::StoredAnswer& answer, Api& api) {
  Response response;
  if (!answer.job.empty()) {
    Result<Response> about_job = answer_with_job_again(request, domain::JobId::trusted(answer.job), answer.body, api);
    if (!about_job) {
      return about_job;
    }
    response = *std::move(about_job);
  } else {
    response.status = answer.status;
    response.body = answer.body;
  }
  if (!answer.blob.empty()) {
    Result<UniqueFd> file = api.services().blobs.open(answer.blob);
    const Result<std::int64_t> size = file ? handlers::size_of(*file) : fail(file.error());
    if (!size) {
      return fail_internal("the file of a stored answer is gone");
    }
    response.body = FileBody{*std::move(file), 0, *size, nullptr, answer.blob};
  }
  const auto mark = [headers = answer.headers](Response& marked) {
    for (const auto& [name, value] : headers) {
      if (name != kBalance || !marked.has(name)) {
        marked.set(name, value);
      }
    }
    marked.set("Idempotent-Replayed", "true");
  };
  if (auto* wait = std::get_if<WaitBody>(&response.body)) {
    // The answer is made when the job is over; only what that has is sent.
    wait->finish = [finish = std::move(wait->finish), mark] {
      Response finished = finish();
      mark(finished);
      return finished;
    };
  } else {
    mark(response);
  }
  return response;
}

}  // namespace

Result<void> check_idempotency_key(const Request& request) {
  if (request.method != Method::kPost) {
    return {};
  }
  int count = 0;
  for (const Header& field : request.headers) {
    if (lower_ascii(field.name) == lower_ascii(kName)) {
      ++count;
      if (count > 1 || field.value.empty() || field.value.size() > kLongestKey || !is_printable(field.value)) {
        return fail_field(std::string(kName),
                          "Idempotency-Key must be one header of 1 to 255 printable ASCII characters.");
      }
    }
  }
  return {};
}

bool is_idempotent(const Request& request) { return request.method == Method::kPost && !request.header(kName).empty(); }

std::string fingerprint_of(const Request& request) {
  FieldHash hash;
  hash.add(name_of(request.method));
  hash.add(std::to_string(request.target.segments.size()));
  for (const std::string& segment : request.target.segments) {
    hash.add(segment);
  }
  for (const auto& [name, value] : request.target.query) {
    hash.add("query");
    hash.add(name);
    hash.add(value);
  }
  hash.add("body");
  hash.add(request.body);
  const Upload& upload = request.upload;
  for (const auto& [name, value] : upload.fields) {
    hash.add("field");
    hash.add(name);
    hash.add(value);
  }
  if (upload.json) {
    hash.add("json");
    hash.add(comparable_json(upload));
  }
  for (const service::Incoming& file : upload.images) {
    hash.add(file);
  }
  for (const service::Incoming& file : upload.long_values) {
    hash.add(file);
  }
  return hash.finish();
}

Response answer_once(Request& request, const Endpoint& endpoint, Api& api, const std::function<Response()>& run) {
  const auto problem = [&request](const Error& error) { return problem_response(error, request.id); };
  auto begun = api.services().idempotent_requests.begin(key_of_request(request), fingerprint_of(request));
  if (!begun) {
    return problem(begun.error());
  }
  if (const auto* answer = std::get_if<domain::StoredAnswer>(&*begun)) {
    Result<Response> again = given_again(request, *answer, api);
    return again ? *std::move(again) : problem(again.error());
  }
  service::IdempotentRequests::Attempt& attempt =
      *std::get<std::unique_ptr<service::IdempotentRequests::Attempt>>(*begun);
  request.begin_effects = [&attempt] { attempt.begin_effects(); };
  request.when_undone = [&attempt](std::function<void()> call) { attempt.when_undone(std::move(call)); };
  if (!endpoint.late_effects) {
    attempt.begin_effects();
  }
  Response response = run();
  request.begin_effects = nullptr;
  request.when_undone = nullptr;
  if (response.status >= 400) {
    return response;
  }
  Result<domain::StoredAnswer> answer = stored_form(response);
  const Result<void> finished = answer ? attempt.finish(*std::move(answer)) : fail(answer.error());
  return finished ? std::move(response) : problem(finished.error());
}

}  // namespace pictor::http
