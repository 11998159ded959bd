#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/clock.hpp"

namespace pictor::service {

struct SignInLimits {
  int failures = 10;  ///< within `window`, before an address must wait
  seconds window{60};
  seconds first_wait{10};  ///< doubled each time
  seconds longest_wait{900};
  seconds forgiven_after{600};  ///< without a failure, beyond the wait
  std::size_t max_addresses = 50'000;
  std::size_t max_keys = 100'000;
};

/// Slows down who guesses keys: addresses whose sign-ins failed too often wait, each time twice as long. A key that
/// worked lately passes from any address, so that nobody is locked out by a stranger behind the same proxy or office.
/// Memory is bounded: what was seen longest ago goes. Thread-safe.
class SignInGuard {
 public:
  /// @param clock  a monotonic one; one that is set back makes nobody wait longer than he would have
  explicit SignInGuard(const Clock& clock, SignInLimits limits = {});

  /// Ask before any look-up. @return seconds to wait, at least 1; nullopt: go on
  [[nodiscard]] std::optional<int> wait_of(const std::string& address, std::string_view key);
  void failed(const std::string& address, std::string_view key);
  void succeeded(std::string_view key);
  [[nodiscard]] std::size_t size() const;

 private:
  struct Address {
    std::string name;
    int failures = 0;  ///< since window_start
    int waits = 0;     ///< imposed so far
    Timestamp window_start;
    Timestamp waits_from;
    Timestamp waits_until;  ///< not after waits_from: it need not
    Timestamp last_failure;
  };
  using Addresses = std::list<Address>;

  Address& address_of(const std::string& name, Timestamp now);
  [[nodiscard]] std::size_t digest_of(std::string_view key) const;

  const Clock& clock_;
  const SignInLimits limits_;
  const std::uint64_t salt_;
  mutable std::mutex mutex_;
  Addresses addresses_;  ///< the last failed first
  std::unordered_map<std::string_view, Addresses::iterator> by_name_;
  // Two generations: when the young one is full, it becomes the old one. A wrong hit costs one look-up, no more.
  std::unordered_set<std::size_t> good_keys_;
  std::unordered_set<std::size_t> older_good_keys_;
};

}  // namespace pictor::service
