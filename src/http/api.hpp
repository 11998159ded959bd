#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "http/body_sink.hpp"
#include "http/metrics.hpp"
#include "http/request_limits.hpp"
#include "http/request_log.hpp"
#include "http/router.hpp"
#include "http/sse.hpp"
#include "http/worker_pool.hpp"
#include "service/accounts.hpp"
#include "service/authenticator.hpp"
#include "service/credits.hpp"
#include "service/estimates.hpp"
#include "service/exports.hpp"
#include "service/idempotent_requests.hpp"
#include "service/job_requests.hpp"
#include "service/keys.hpp"
#include "service/optimizer.hpp"
#include "service/reviews.hpp"
#include "service/sessions.hpp"
#include "service/webhooks.hpp"

namespace pictor::http {

/// The use cases behind the API. All outlive the Api.
struct Services {
  service::Authenticator& authenticator;
  service::Sessions& sessions;
  service::Reviews& reviews;
  service::JobRequests& job_requests;
  service::Jobs& jobs;
  service::Exports& exports;
  service::Optimizer& optimizer;
  service::Credits& credits;
  service::Estimates& estimates;
  domain::BlobStore& blobs;  ///< where bodies stream to
  service::IdempotentRequests& idempotent_requests;
  service::Accounts& accounts;
  service::Keys& keys;
  service::Webhooks* webhooks = nullptr;  ///< nullptr: without these endpoints
};

struct ApiConfig {
  BodyLimits limits;
  std::vector<std::string> cors_origins;     ///< `https://example.org`; `*` for all. Empty: none
  std::string public_url;                    ///< before links; empty: the request's own Host
  std::function<bool()> is_ready;            ///< quick; empty: always
  std::function<Result<void>()> deep_check;  ///< of `/readyz?deep=1`, on a worker thread: reads the store; may be empty
  std::function<std::vector<Gauge>()> gauges;
  std::function<void(const RequestLog&)> log;  ///< quick, thread-safe; may be empty
  RequestLimitsConfig request_limits;
  int quick_threads = 16;
  int slow_threads = 24;
  int disk_threads = 6;
  // Requests waiting for a thread, before 503. Quick ones take a millisecond: 500 streams opened at once must pass.
  std::size_t max_waiting_quick = 2'000;
  std::size_t max_waiting_slow = 256;
};

/// The API without sockets: routes, the chain around handlers, and what handlers share. Thread-safe.
class Api {
 public:
  Api(ApiConfig config, Services services);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  // The chain, in its order. `begin` runs on the I/O thread, `admit` and `handle` on a worker's.

  /// Finds the endpoint. @return an answer when there is none, or when it needs no worker (OPTIONS, 404, 405, health)
  std::optional<Response> begin(Request& request, std::string_view target, const Endpoint*& endpoint);
  /// Who asks, may they, can the answer be had in this form, is the body of a kind that is read here.
  /// @return where the body goes to; nullptr when the request has none
  Result<std::unique_ptr<BodySink>> admit(Request& request, const Endpoint& endpoint);
  /// Runs the handler. Never throws; failures are problems.
  Response handle(Request& request, const Endpoint& endpoint);
  /// Cross-origin headers of every answer, for an allowed origin.
  void add_cors(const Request& request, Response& response) const;

  /// JobStore::on_change goes here.
  void notify(const domain::JobId& job) { events_.notify(job); }
  /// Ends the worker threads: blocking calls are told to stop by `stop_token`. After this, nothing is answered.
  void stop();
  void request_stop() { stop_source_.request_stop(); }

  [[nodiscard]] WorkerPool& pool_of(Lane lane) { return lane == Lane::kSlow ? slow_ : quick_; }
  [[nodiscard]] WorkerPool& disk_pool() { return disk_; }
  [[nodiscard]] EventHub& events() { return events_; }
  [[nodiscard]] Metrics& metrics() { return metrics_; }
  [[nodiscard]] const ApiConfig& config() const { return config_; }
  [[nodiscard]] const Services& services() const { return services_; }
  [[nodiscard]] const Router& router() const { return router_; }
  [[nodiscard]] std::stop_token stop_token() const { return stop_source_.get_token(); }

 private:
  void add_endpoints();
  Result<void> authenticate(Request& request, const Endpoint& endpoint);
  /// Finds whose key it is, slowing down who guesses. @return the key
  Result<std::string> sign_in(Request& request);
  [[nodiscard]] bool is_allowed_origin(std::string_view origin) const;

  ApiConfig config_;
  Services services_;
  Metrics metrics_;
  RequestLimits limits_;
  WorkerPool quick_;
  WorkerPool slow_;
  WorkerPool disk_;
  EventHub events_;
  Router router_;
  std::stop_source stop_source_;
};

/// Text of a key in `X-API-Key` or `Authorization: Bearer`. @error kMissingApiKey, kInvalidApiKey (another scheme)
[[nodiscard]] Result<std::string> key_of(const Request& request);
/// `X-Request-Id` as sent when it is 1 to 128 visible ASCII characters, else a new one.
[[nodiscard]] std::string request_id_of(std::string_view sent);

}  // namespace pictor::http
