#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/unique_fd.hpp"
#include "domain/ids.hpp"
#include "domain/session.hpp"
#include "http/request.hpp"

namespace pictor::http {

struct Response;

/// A part of a file, sent by sendfile.
struct FileBody {
  UniqueFd descriptor;
  std::int64_t offset = 0;
  std::int64_t length = 0;
  std::shared_ptr<void> pin;  ///< keeps the blob while it is sent
  domain::BlobId blob;        ///< of a lasting blob that is sent whole; else empty
};

/// A body of unknown length, made piece by piece as the client takes it. `next` blocks and runs on a worker thread; one
/// call at a time.
class ChunkSource {
 public:
  virtual ~ChunkSource() = default;
  /// @return the next piece; an empty one ends the body. An error breaks the connection: the status is already sent
  virtual Result<std::string> next() = 0;
};

/// A job's events (RFC: WHATWG HTML 9.2), from the store, as they come.
struct EventBody {
  domain::JobId job;
  std::int64_t after = 0;
};

/// Waits until the job is over, at most `limit`, holding no thread; then `finish` makes the answer on a worker thread.
struct WaitBody {
  domain::JobId job;
  milliseconds limit{0};
  std::function<Response()> finish;
};

using Body = std::variant<std::monostate, std::string, FileBody, std::unique_ptr<ChunkSource>, EventBody, WaitBody>;

/// The job that an answer is about, in whatever form the answer has.
struct StartedJob {
  domain::JobId id;
  std::string accepted;  ///< the body of the answer's 202 form
};

/// An answer. Common headers (date, request id, security) are added where it is written.
struct Response {
  int status = 200;
  std::vector<Header> headers;
  Body body;
  std::optional<StartedJob> job;
  std::string error_note;  ///< private cause, for the log
  bool close_connection = false;

  Response& set(std::string name, std::string value) {
    headers.push_back({std::move(name), std::move(value)});
    return *this;
  }
  /// @param name  as it was set, case and all
  [[nodiscard]] bool has(std::string_view name) const {
    return std::any_of(headers.begin(), headers.end(), [name](const Header& header) { return header.name == name; });
  }
};

[[nodiscard]] Response json_response(int status, const Json& json);
[[nodiscard]] Response text_response(int status, std::string media_type, std::string text);
/// 204, or another status without a body.
[[nodiscard]] Response empty_response(int status = 204);
/// RFC 9457, with `Retry-After` and `WWW-Authenticate` where they belong.
[[nodiscard]] Response problem_response(const Error& error, std::string_view request_id);
/// Reason phrase of a status that this server sends.
[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace pictor::http
