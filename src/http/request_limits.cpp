#include "http/request_limits.hpp"

#include <algorithm>

namespace pictor::http {
namespace {

constexpr int kMinute = 60;

tl::unexpected<Error> fail_limited(std::string message, int retry_after) {
  Error error{ErrorCode::kRateLimited, std::move(message)};
  error.retry_after_seconds = retry_after;
  return fail(std::move(error));
}

std::string policy_of(std::string_view name, service::RateLimit limit) {
  return "\"" + std::string(name) + "\";q=" + std::to_string(limit.requests) +
         ";w=" + std::to_string(limit.window_seconds);
}

std::string state_of(std::string_view name, const service::RateDecision& decision) {
  return "\"" + std::string(name) + "\";r=" + std::to_string(decision.remaining) +
         ";t=" + std::to_string(decision.reset_seconds);
}

std::string seconds_text(int count) { return std::to_string(count) + (count == 1 ? " second" : " seconds"); }

}  // namespace

RequestLimits::RequestLimits(RequestLimitsConfig config)
    : config_(std::move(config)),
      clock_(config_.clock == nullptr ? own_clock_ : *config_.clock),
      accounts_(clock_),
      addresses_(clock_),
      sign_ins_(clock_, config_.sign_ins) {}

void RequestLimits::find_client(Request& request) const {
  if (!config_.proxies.empty()) {
    request.remote_address = config_.proxies.client_of(request.remote_address, request.header_list("X-Forwarded-For"));
  }
}

Result<void> RequestLimits::before_sign_in(const Request& request, std::string_view key) {
  if (!config_.enabled) {
    return {};
  }
  if (const std::optional<int> wait = sign_ins_.wait_of(address_group(request.remote_address), key)) {
    return fail_limited("Too many requests from this address came with a wrong key. Check the key, and wait " +
                            seconds_text(*wait) + ".",
                        *wait);
  }
  return {};
}

void RequestLimits::sign_in_failed(const Request& request, std::string_view key) {
  if (config_.enabled) {
    sign_ins_.failed(address_group(request.remote_address), key);
  }
}

Result<void> RequestLimits::count_authenticated(Request& request, std::string_view key) {
  if (!config_.enabled) {
    return {};
  }
  sign_ins_.succeeded(key);
  const domain::Principal& who = *request.principal;
  const service::RateLimit plan{config_.plan_of(who).requests_per_minute, kMinute};
  std::string policy = policy_of("plan", plan);
  std::string state;
  service::RateDecision of_key;
  if (config_.key_share < 100) {
    const service::RateLimit share{std::max(1, plan.requests * config_.key_share / 100), kMinute};
    of_key = accounts_.take(who.key.str(), share);
    policy += ", " + policy_of("key", share);
    state = ", " + state_of("key", of_key);
  }
  // What the key may not ask is not taken from the account.
  const service::RateDecision of_account =
      of_key.allowed ? accounts_.take(who.account.str(), plan) : service::RateDecision{};
  if (of_key.allowed) {
    state = state_of("plan", of_account) + state;
  } else {
    state = state.substr(2);
  }
  request.answer_headers.push_back({"RateLimit-Policy", std::move(policy)});
  request.answer_headers.push_back({"RateLimit", std::move(state)});
  if (!of_key.allowed || !of_account.allowed) {
    const int wait = std::max(of_key.retry_after_seconds, of_account.retry_after_seconds);
    return fail_limited("The plan allows " + std::to_string(plan.requests) + " requests a minute. Wait " +
                            seconds_text(wait) + ", or take a larger plan.",
                        wait);
  }
  return {};
}

Result<void> RequestLimits::count_anonymous(Request& request) {
  if (!config_.enabled || config_.anonymous_rate == 0) {
    return {};
  }
  const service::RateLimit limit{config_.anonymous_rate, kMinute};
  const service::RateDecision decision = addresses_.take(address_group(request.remote_address), limit);
  if (decision.allowed) {
    return {};
  }
  request.answer_headers.push_back({"RateLimit-Policy", policy_of("address", limit)});
  request.answer_headers.push_back({"RateLimit", state_of("address", decision)});
  return fail_limited("Too many requests without an API key came from this address. Wait " +
                          seconds_text(decision.retry_after_seconds) + ".",
                      decision.retry_after_seconds);
}

Result<void> RequestLimits::enter_slow(Request& request) {
  if (!config_.enabled) {
    return {};
  }
  const domain::Principal& who = *request.principal;
  const int limit = std::clamp(config_.plan_of(who).concurrent_requests, 1, config_.most_at_once);
  request.slow_place = slow_calls_.enter(who.account.str(), limit);
  if (request.slow_place) {
    return {};
  }
  request.answer_headers.push_back(
      {"RateLimit-Policy", "\"concurrency\";q=" + std::to_string(limit) + ";qu=\"concurrent-requests\""});
  return fail_limited("The account has " + std::to_string(limit) +
                          " calls with pictures under way, as many as it may at once. Wait for one to end.",
                      1);
}

}  // namespace pictor::http
