#include "service/signup_limit.hpp"

#include <algorithm>

namespace pictor::service {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::size_t kMostAddresses = 100'000;

/// `2001:db8:1:2:…` → `2001:db8:1:2`: whoever has one address of a /64 has them all.
std::string network_of(const std::string& address) {
  if (address.find(':') == std::string::npos || address.find('.') != std::string::npos) {
    return address;
  }
  std::size_t end = 0;
  for (int group = 0; group < 4; ++group) {
    const std::size_t colon = address.find(':', end);
    if (colon == std::string::npos || address.compare(colon, 2, "::") == 0) {
      return address.substr(0, colon);
    }
    end = colon + 1;
  }
  return address.substr(0, end - 1);
}

}  // namespace

Result<void> SignupLimit::take(const std::string& address, Timestamp now) {
  if (per_minute_ == 0) {
    return {};
  }
  const std::int64_t now_ms = to_unix_ms(now);
  const std::int64_t share = kMinuteMs / per_minute_;
  const std::scoped_lock lock(mutex_);
  if (free_at_ms_.size() >= kMostAddresses) {
    std::erase_if(free_at_ms_, [now_ms](const auto& row) { return row.second <= now_ms; });
  }
  std::int64_t& free_at = free_at_ms_[network_of(address)];
  // A clock that was set back must not lock anybody out for longer than the limit itself can.
  const std::int64_t begin = free_at > now_ms + 2 * kMinuteMs ? now_ms : std::max(free_at, now_ms);
  const std::int64_t wait = begin + share - now_ms - kMinuteMs;
  if (wait > 0) {
    return fail({ErrorCode::kRateLimited,
                 "Too many sign-ups from this address. Try again later.",
                 {},
                 {},
                 static_cast<int>((wait + 999) / 1'000)});
  }
  free_at = begin + share;
  return {};
}

}  // namespace pictor::service
