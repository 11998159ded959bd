#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "http/response.hpp"

namespace pictor::http {

/// Who may call.
enum class Access {
  kAnyone,
  kKey,        ///< any key, of the scope when one is named
  kKeyOrLink,  ///< a signed link (`?signature=`) needs no key; the handler checks it
};

/// What becomes of the body.
enum class BodyKind {
  kNone,
  kJson,           ///< `request.body`, Content-Type application/json or +json
  kTable,          ///< `request.body`, JSON or text/csv
  kUpload,         ///< `request.upload`
  kPassingUpload,  ///< the same, and the images serve this request alone
};

/// Where the handler runs.
enum class Lane {
  kDirect,  ///< on the I/O thread, before all queues: must not block
  kQuick,   ///< reads and writes of the store
  kSlow,    ///< takes pictures in or makes them: may wait for the engine
};

/// One method of one path. `tools` of the chain: http/api.cpp.
struct Endpoint {
  Method method = Method::kGet;
  std::string_view pattern;  ///< `/v1/jobs/{jobId}`
  Access access = Access::kKey;
  std::optional<domain::Scope> scope;
  BodyKind body = BodyKind::kNone;
  Lane lane = Lane::kQuick;
  /// Media types of the answer, for Accept; empty: the handler looks itself, or it has no body.
  std::vector<std::string_view> produces;
  std::function<Result<Response>(Request&)> handle;
  /// The handler calls `request.begin_effects` itself, where it is set: it writes something (a hold of credits) before
  /// its long work, which must neither wait for the answer nor make others wait.
  bool late_effects = false;
};

}  // namespace pictor::http
