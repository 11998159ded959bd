#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "http/client_address.hpp"
#include "http/request.hpp"
#include "service/concurrency.hpp"
#include "service/monotonic_clock.hpp"
#include "service/rate_limiter.hpp"
#include "service/sign_in_guard.hpp"

namespace pictor::http {

struct RequestLimitsConfig {
  bool enabled = false;
  int anonymous_rate = 600;  ///< a minute and address, of requests without a key that works
  int key_share = 100;       ///< percent of the plan's rate that one key may use
  int most_at_once = 1'000;  ///< slow calls of one account, whatever its plan says: its share of the queue
  TrustedProxies proxies;
  service::SignInLimits sign_ins;
  const Clock* clock = nullptr;  ///< of tests; else a monotonic one
  /// Rate and concurrency of who asks. Thread-safe; cheap: it is called on every request. Needed when enabled.
  std::function<domain::Plan(const domain::Principal&)> plan_of;
};

/// Who may ask how often: keys and accounts by their plan, addresses without a key, failed sign-ins, and slow calls at
/// once. What it tells clients goes into `Request::answer_headers`. Thread-safe.
class RequestLimits {
 public:
  explicit RequestLimits(RequestLimitsConfig config);

  /// Puts the client's address in the place of the proxy's. On the I/O thread, first of all.
  void find_client(Request& request) const;
  /// @error kRateLimited  too many sign-ins from this address failed; ask before any look-up
  Result<void> before_sign_in(const Request& request, std::string_view key);
  void sign_in_failed(const Request& request, std::string_view key);
  /// Counts a request of `request.principal`; tells the client what is left. @error kRateLimited
  Result<void> count_authenticated(Request& request, std::string_view key);
  /// Counts one without. @error kRateLimited
  Result<void> count_anonymous(Request& request);
  /// A place among the account's slow calls, kept in the request. @error kRateLimited  it has too many under way
  Result<void> enter_slow(Request& request);

 private:
  RequestLimitsConfig config_;
  service::MonotonicClock own_clock_;
  const Clock& clock_;
  service::RateLimiter accounts_;
  service::RateLimiter addresses_;
  service::SignInGuard sign_ins_;
  service::Concurrency slow_calls_;
};

}  // namespace pictor::http
