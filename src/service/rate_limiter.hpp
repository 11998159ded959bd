#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"

namespace pictor::service {

/// So many requests in a window; as many may come at once.
struct RateLimit {
  int requests = 60;
  int window_seconds = 60;
};

/// What became of one request, in the words of draft-ietf-httpapi-ratelimit-headers-11.
struct RateDecision {
  bool allowed = true;
  int remaining = 0;            ///< requests that would pass now
  int reset_seconds = 0;        ///< until the whole quota is there again
  int retry_after_seconds = 0;  ///< until one more passes; 0 when allowed
};

/// Rates by name (account, key, address) by the generic cell rate algorithm (ITU-T I.371): one number a name, no
/// windows whose edges let twice as much pass. Of more names than it may remember, those asked for longest ago go, as
/// if they had never come. Thread-safe.
class RateLimiter {
 public:
  /// @param clock        a monotonic one; one that is set back makes nobody wait longer than one window
  /// @param max_entries  names remembered, about 150 bytes each
  explicit RateLimiter(const Clock& clock, std::size_t max_entries = 100'000);

  /// Counts one request; a refused one is not counted.
  RateDecision take(std::string_view name, RateLimit limit);
  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry {
    std::string name;
    std::int64_t full_at = 0;  ///< µs: when the whole quota is there again (the algorithm's theoretical arrival time)
  };
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::list<Entry> entries;                                                  ///< the last asked for first
    std::unordered_map<std::string_view, std::list<Entry>::iterator> by_name;  ///< the keys lie in `entries`
  };

  Entry& entry_of(Shard& shard, std::string_view name, std::int64_t now) const;

  const Clock& clock_;
  std::size_t max_in_shard_;
  std::array<Shard, 16> shards_;
};

}  // namespace pictor::service
