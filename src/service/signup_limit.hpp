#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace pictor::service {

/// How often one address may sign up: `per_minute` at once, then one each time a share of the minute has passed (GCRA,
/// ITU-T I.371). Kept in memory. Thread-safe.
class SignupLimit {
 public:
  /// @param per_minute  0: no limit
  explicit SignupLimit(int per_minute) : per_minute_(per_minute) {}
  /// Counts one. @param address  text of an IP address; the networks of /64 that IPv6 hosts own count as one
  /// @error kRateLimited  with the seconds to wait
  Result<void> take(const std::string& address, Timestamp now);

 private:
  int per_minute_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::int64_t> free_at_ms_;  ///< when all of an address's turns are there again
};

}  // namespace pictor::service
