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
  router.add(probe("/readyz", [&api](Request&) -> Result<Response> {
    if (api.config().is_ready && !api.config().is_ready()) {
      return fail({ErrorCode::kOverloaded, "The server cannot take work yet."});
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
