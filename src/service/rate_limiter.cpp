#include "service/rate_limiter.hpp"

#include <algorithm>

namespace pictor::service {
namespace {

constexpr std::int64_t kSecond = 1'000'000;  // µs

int seconds_up(std::int64_t microseconds) {
  return microseconds <= 0 ? 0 : static_cast<int>((microseconds + kSecond - 1) / kSecond);
}

}  // namespace

RateLimiter::RateLimiter(const Clock& clock, std::size_t max_entries)
    : clock_(clock), max_in_shard_(std::max<std::size_t>(1, max_entries / shards_.size())) {}

RateLimiter::Entry& RateLimiter::entry_of(Shard& shard, std::string_view name, std::int64_t now) const {
  if (const auto found = shard.by_name.find(name); found != shard.by_name.end()) {
    shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
    return shard.entries.front();
  }
  if (shard.entries.size() >= max_in_shard_) {
    shard.by_name.erase(shard.entries.back().name);
    shard.entries.pop_back();
  }
  shard.entries.push_front({std::string(name), now});
  shard.by_name.emplace(shard.entries.front().name, shard.entries.begin());
  return shard.entries.front();
}

RateDecision RateLimiter::take(std::string_view name, RateLimit limit) {
  const std::int64_t now = to_unix_ms(clock_.now()) * 1'000;
  const std::int64_t window = std::max(1, limit.window_seconds) * kSecond;
  const std::int64_t interval = std::max<std::int64_t>(1, window / std::max(1, limit.requests));
  Shard& shard = shards_[std::hash<std::string_view>()(name) % shards_.size()];
  const std::scoped_lock lock(shard.mutex);
  Entry& entry = entry_of(shard, name, now);
  // Further ahead than a window it can only be when the clock was set back, or the plan became a faster one.
  const std::int64_t from = std::clamp(entry.full_at, now, now + window);
  const std::int64_t full_at = from + interval;
  RateDecision decision;
  decision.allowed = full_at - now <= window;
  if (decision.allowed) {
    entry.full_at = full_at;
  } else {
    entry.full_at = from;
    decision.retry_after_seconds = std::max(1, seconds_up(full_at - now - window));
  }
  decision.remaining = static_cast<int>((window - (entry.full_at - now)) / interval);
  decision.reset_seconds = seconds_up(entry.full_at - now);
  return decision;
}

std::size_t RateLimiter::size() const {
  std::size_t size = 0;
  for (const Shard& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    size += shard.entries.size();
  }
  return size;
}

}  // namespace pictor::service
