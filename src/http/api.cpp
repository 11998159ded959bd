#include "http/api.hpp"

#include <algorithm>
#include <array>
#include <random>

#include "http/handlers/handlers.hpp"
#include "http/header_values.hpp"
#include "http/idempotency.hpp"
#include "http/problem.hpp"

namespace pictor::http {
namespace {

/// 24 hexadecimal digits: unguessable enough for a correlation id, and cheap at 40,000 a second.
std::string new_request_id() {
  static constexpr std::string_view kHex = "0123456789abcdef";
  thread_local std::mt19937_64 generator{(static_cast<std::uint64_t>(std::random_device{}()) << 32U) ^
                                         std::random_device{}()};
  std::string id = "req_";
  std::uint64_t bits = 0;
  for (int i = 0; i < 24; ++i) {
    bits = i % 16 == 0 ? generator() : bits >> 4U;
    id += kHex[bits & 15U];
  }
  return id;
}

Result<void> check_media_type(const Request& request, const Endpoint& endpoint) {
  const std::string_view field = request.header("Content-Type");
  if (field.empty()) {
    return {};
  }
  const MediaType media = parse_media_type(field);
  const bool is_json = media.type == "application/json" || media.type.ends_with("+json");
  if (is_json || (endpoint.body == BodyKind::kTable && media.type == "text/csv")) {
    return {};
  }
  return fail({ErrorCode::kUnsupportedMediaType, endpoint.body == BodyKind::kTable
                                                     ? "The body must be application/json or text/csv."
                                                     : "The body must be application/json."});
}

/// One account never holds more than a quarter of the slow lane, whatever its plan says.
RequestLimitsConfig with_share(RequestLimitsConfig limits, const ApiConfig& config) {
  const int quarter = (config.slow_threads + static_cast<int>(config.max_waiting_slow)) / 4;
  limits.most_at_once = std::clamp(quarter, 1, limits.most_at_once);
  return limits;
}

}  // namespace

Result<std::string> key_of(const Request& request) {
  if (const std::string_view key = trimmed(request.header("X-API-Key")); !key.empty()) {
    return std::string(key);
  }
  const std::string_view authorization = trimmed(request.header("Authorization"));
  if (authorization.empty()) {
    return fail(
        {ErrorCode::kMissingApiKey, "This call needs an API key: send it as X-API-Key, or as Authorization: Bearer."});
  }
  if (lower_ascii(authorization.substr(0, 7)) != "bearer ") {
    return fail({ErrorCode::kInvalidApiKey, "Authorization must be of the form: Bearer sk-…"});
  }
  return std::string(trimmed(authorization.substr(7)));
}

std::string request_id_of(std::string_view sent) {
  const bool usable = !sent.empty() && sent.size() <= 128 &&
                      std::all_of(sent.begin(), sent.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  return usable ? std::string(sent) : new_request_id();
}

Api::Api(ApiConfig config, Services services)
    : config_(std::move(config)),
      services_(services),
      metrics_(config_.gauges),
      limits_(with_share(config_.request_limits, config_)),
      quick_(config_.quick_threads, config_.max_waiting_quick),
      slow_(config_.slow_threads, config_.max_waiting_slow),
      disk_(config_.disk_threads, config_.max_waiting_slow),
      events_([this](const domain::JobId& job, std::int64_t after,
                     int limit) { return services_.jobs.events(job, after, limit); },
              [this](std::function<void()> task) { quick_.submit(std::move(task)); }) {
  add_endpoints();
}

Api::~Api() { stop(); }

void Api::stop() {
  stop_source_.request_stop();
  slow_.stop();
  disk_.stop();
  quick_.stop();
}

void Api::add_endpoints() {
  // The probes come first: the router looks in this order.
  handlers::add_operations(router_, *this);
  handlers::add_sessions(router_, *this);
  handlers::add_images(router_, *this);
  handlers::add_metadata(router_, *this);
  handlers::add_work(router_, *this);
  handlers::add_optimize(router_, *this);
  handlers::add_exports(router_, *this);
  handlers::add_jobs(router_, *this);
  handlers::add_credits(router_, *this);
  if (services_.webhooks != nullptr) {
    handlers::add_webhooks(router_, *services_.webhooks);
  }
  handlers::add_accounts(router_, *this);
  handlers::add_admin(router_, *this);
  handlers::add_keys(router_, *this);
  handlers::add_tables(router_, *this);
  handlers::add_pages(router_, *this);
}

std::optional<Response> Api::begin(Request& request, std::string_view target, const Endpoint*& endpoint) {
  endpoint = nullptr;
  limits_.find_client(request);
  Result<Target> parsed = parse_target(target);
  if (!parsed) {
    return problem_response(parsed.error(), request.id);
  }
  request.target = *std::move(parsed);
  Router::Match match = router_.match(request.method, request.target.segments);
  if (match.allow.empty()) {
    return problem_response(fail_not_found().value(), request.id);
  }
  if (request.method == Method::kOptions) {
    Response response = empty_response();
    response.set("Allow", match.allow);
    if (is_allowed_origin(request.header("Origin"))) {
      response.set("Access-Control-Allow-Methods", match.allow);
      response.set(
          "Access-Control-Allow-Headers",
          "Authorization, X-API-Key, Content-Type, Content-Disposition, Accept, Prefer, If-Match, If-None-Match, "
          "Range, If-Range, Last-Event-ID, Idempotency-Key, X-Request-Id");
      response.set("Access-Control-Max-Age", "600");
    }
    return response;
  }
  if (match.endpoint == nullptr) {
    Response response =
        problem_response({ErrorCode::kMethodNotAllowed, "This address takes: " + match.allow + "."}, request.id);
    response.set("Allow", match.allow);
    return response;
  }
  endpoint = match.endpoint;
  request.parameters = std::move(match.parameters);
  // What looks deep reads the store: not on this thread.
  if (endpoint->lane == Lane::kDirect && !request.query("deep")) {
    return handle(request, *endpoint);
  }
  if (const WorkerPool& pool = pool_of(endpoint->lane); !pool.has_room()) {
    return problem_response({ErrorCode::kOverloaded,
                             "The server is busy. Try again after the seconds in Retry-After.",
                             {},
                             {},
                             pool.seconds_until_room()},
                            request.id);
  }
  return std::nullopt;
}

Result<std::string> Api::sign_in(Request& request) {
  Result<std::string> key = key_of(request);
  if (!key) {
    return key;
  }
  if (Result<void> may_try = limits_.before_sign_in(request, *key); !may_try) {
    return fail(may_try.error());
  }
  Result<domain::Principal> principal = services_.authenticator.authenticate(*key);
  if (!principal) {
    if (problem_row(principal.error().code).status == 401) {
      limits_.sign_in_failed(request, *key);
    }
    return fail(principal.error());
  }
  request.principal = *std::move(principal);
  return key;
}

Result<void> Api::authenticate(Request& request, const Endpoint& endpoint) {
  if (endpoint.access == Access::kAnyone ||
      (endpoint.access == Access::kKeyOrLink && request.query("signature").has_value())) {
    return limits_.count_anonymous(request);
  }
  const Result<std::string> key = sign_in(request);
  if (!key) {
    Result<void> counted = limits_.count_anonymous(request);
    return counted ? fail(key.error()) : counted;
  }
  if (Result<void> counted = limits_.count_authenticated(request, *key); !counted) {
    return counted;
  }
  if (endpoint.scope && !domain::has_scope(request.principal->scopes, *endpoint.scope)) {
    const std::vector<std::string> needed = domain::scope_names(static_cast<domain::ScopeSet>(*endpoint.scope));
    return fail(
        {ErrorCode::kInsufficientScope, "The key lacks the scope " + (needed.empty() ? "" : needed.front()) + "."});
  }
  return {};
}

Result<std::unique_ptr<BodySink>> Api::admit(Request& request, const Endpoint& endpoint) {
  try {
    if (Result<void> known = authenticate(request, endpoint); !known) {
      return fail(known.error());
    }
    // After who asks is known, before the body is read.
    if (endpoint.lane == Lane::kSlow && request.principal) {
      if (Result<void> entered = limits_.enter_slow(request); !entered) {
        return fail(entered.error());
      }
    }
    if (Result<void> usable = check_idempotency_key(request); !usable) {
      return fail(usable.error());
    }
    if (!endpoint.produces.empty() && !negotiate(request.header_list("Accept"), endpoint.produces)) {
      std::string offered;
      for (const std::string_view type : endpoint.produces) {
        offered += (offered.empty() ? "" : ", ") + std::string(type);
      }
      return fail({ErrorCode::kNotAcceptable, "The answer can be had as: " + offered + "."});
    }
    if (const std::string coding = lower_ascii(trimmed(request.header("Content-Encoding")));
        request.has_body && !coding.empty() && coding != "identity") {
      return fail(
          {ErrorCode::kUnsupportedMediaType, "Bodies are taken as they are: no Content-Encoding is understood."});
    }
    std::unique_ptr<BodySink> sink;
    switch (endpoint.body) {
      case BodyKind::kNone:
        return request.has_body ? make_ignoring_sink() : nullptr;
      case BodyKind::kJson:
      case BodyKind::kTable:
        if (Result<void> readable = check_media_type(request, endpoint); !readable) {
          return fail(readable.error());
        }
        sink = make_memory_sink(endpoint.body == BodyKind::kTable ? config_.limits.table_bytes
                                                                  : config_.limits.json_bytes);
        break;
      case BodyKind::kUpload:
      case BodyKind::kPassingUpload: {
        request.upload.passing = endpoint.body == BodyKind::kPassingUpload;
        Result<std::unique_ptr<BodySink>> made = make_upload_sink(request, services_.blobs, config_.limits);
        if (!made) {
          return fail(made.error());
        }
        sink = *std::move(made);
        break;
      }
    }
    if (request.content_length && *request.content_length > sink->limit()) {
      return fail({ErrorCode::kPayloadTooLarge,
                   "The body is larger than the " + std::to_string(sink->limit()) + " bytes that are taken here."});
    }
    return request.has_body ? std::move(sink) : nullptr;
  } catch (const std::exception& error) {
    return fail_internal(std::string("admit: ") + error.what());
  }
}

Response Api::handle(Request& request, const Endpoint& endpoint) {
  const auto run = [&]() -> Response {
    try {
      Result<Response> response = endpoint.handle(request);
      return response ? *std::move(response) : problem_response(response.error(), request.id);
    } catch (const std::exception& error) {
      return problem_response(fail_internal(std::string("handler: ") + error.what()).value(), request.id);
    }
  };
  try {
    Response response = is_idempotent(request) ? answer_once(request, endpoint, *this, run) : run();
    request.slow_place.reset();  // a stream of events holds no place
    return response;
  } catch (const std::exception& error) {
    return problem_response(fail_internal(std::string("idempotency: ") + error.what()).value(), request.id);
  }
}

bool Api::is_allowed_origin(std::string_view origin) const {
  return !origin.empty() &&
         std::any_of(config_.cors_origins.begin(), config_.cors_origins.end(),
                     [origin](const std::string& allowed) { return allowed == "*" || allowed == origin; });
}

void Api::add_cors(const Request& request, Response& response) const {
  if (config_.cors_origins.empty()) {
    return;
  }
  response.set("Vary", "Origin");
  const std::string_view origin = request.header("Origin");
  if (is_allowed_origin(origin)) {
    response.set("Access-Control-Allow-Origin", std::string(origin));
    response.set("Access-Control-Expose-Headers",
                 "ETag, Location, Link, X-Request-Id, Retry-After, Content-Disposition, Repr-Digest, X-Original-Size, "
                 "X-Optimized-Size, X-Savings-Percent, X-Quality-Score, X-Credits-Charged, X-Credits-Balance, "
                 "RateLimit, RateLimit-Policy, Idempotent-Replayed");
  }
}

}  // namespace pictor::http
