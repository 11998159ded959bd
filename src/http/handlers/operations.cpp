#include "http/handlers/handlers.hpp"
#include "http/problem.hpp"

namespace pictor::http::handlers {
namespace {

/// All three answer on the I/O thread: they work while everything else waits.
Endpoint probe(std::string_view pattern, std::function<Result<Response>(Request&)> handle) {
  Endpoint endpoint;
  endpoint.pattern = pattern;
  endpoint.access = Access::kAnyone;
  endpoint.lane = Lane::kDirect;
  endpoint.handle = std::move(handle);
  return endpoint;
}

}  // namespace

void add_operations(Router& router, Api& api) {
  router.add(probe("/healthz", [](Request&) -> Result<Response> {
    Response response = text_response(200, "application/json; charset=utf-8", R"({"status":"ok"})");
    response.set("Cache-Control", "no-store");
    return response;
  }));
  router.add(probe("/readyz", [&api](Request& request) -> Result<Response> {
    const std::optional<std::string> deep = request.query("deep");
    if (Result<void> known = request.allow_query({"deep"}); !known) {
      return fail(known.error());
    }
    if (deep && *deep != "1") {
      return fail_field("?deep", "This must be 1.");
    }
    if (api.config().is_ready && !api.config().is_ready()) {
      return fail({ErrorCode::kOverloaded, "The server cannot take work yet."});
    }
    if (deep && api.config().deep_check) {
      if (Result<void> sound = api.config().deep_check(); !sound) {
        return fail(sound.error());
      }
    }
    return json_response(200, {{"status", "ready"}});
  }));
  router.add(probe("/metrics", [&api](Request&) -> Result<Response> {
    Response response = text_response(200, "text/plain; version=0.0.4; charset=utf-8", api.metrics().text());
    response.set("Cache-Control", "no-store");
    return response;
  }));
}

}  // namespace pictor::http::handlers
