#include "service/sign_in_guard.hpp"

#include <algorithm>
#include <random>

namespace pictor::service {

SignInGuard::SignInGuard(const Clock& clock, SignInLimits limits)
    : clock_(clock), limits_(limits), salt_((std::uint64_t{std::random_device{}()} << 32U) | std::random_device{}()) {}

std::size_t SignInGuard::digest_of(std::string_view key) const {
  return std::hash<std::string>()(std::to_string(salt_) + std::string(key));
}

std::optional<int> SignInGuard::wait_of(const std::string& address, std::string_view key) {
  const Timestamp now = clock_.now();
  const std::scoped_lock lock(mutex_);
  const auto found = by_name_.find(address);
  if (found == by_name_.end()) {
    return std::nullopt;
  }
  Address& row = *found->second;
  if (now < row.waits_from) {  // the clock was set back: the wait begins anew
    row.waits_until = now + (row.waits_until - row.waits_from);
    row.waits_from = now;
    row.last_failure = row.window_start = now;
  }
  if (now >= row.waits_until) {
    return std::nullopt;
  }
  const std::size_t digest = digest_of(key);
  if (good_keys_.contains(digest) || older_good_keys_.contains(digest)) {
    return std::nullopt;
  }
  return std::max(1, static_cast<int>(std::chrono::ceil<seconds>(row.waits_until - now).count()));
}

SignInGuard::Address& SignInGuard::address_of(const std::string& name, Timestamp now) {
  if (const auto found = by_name_.find(name); found != by_name_.end()) {
    addresses_.splice(addresses_.begin(), addresses_, found->second);
    return addresses_.front();
  }
  if (addresses_.size() >= limits_.max_addresses) {
    by_name_.erase(addresses_.back().name);
    addresses_.pop_back();
  }
  addresses_.push_front({name, 0, 0, now, now, now, now});
  by_name_.emplace(addresses_.front().name, addresses_.begin());
  return addresses_.front();
}

void SignInGuard::failed(const std::string& address, std::string_view key) {
  const Timestamp now = clock_.now();
  const std::scoped_lock lock(mutex_);
  const std::size_t digest = digest_of(key);
  good_keys_.erase(digest);  // it worked once, and no longer does
  older_good_keys_.erase(digest);
  Address& row = address_of(address, now);
  if (now < row.waits_until && now >= row.waits_from) {
    return;  // asked before the wait began: many at once are no reason to make it longer many times
  }
  if (now - std::max(row.last_failure, row.waits_until) > limits_.forgiven_after) {
    row.waits = 0;
  }
  if (now - row.window_start >= limits_.window || now < row.window_start) {
    row.window_start = now;
    row.failures = 0;
  }
  row.last_failure = now;
  ++row.failures;
  if (row.waits == 0 && row.failures < limits_.failures) {
    return;
  }
  const int doublings = std::min(row.waits, 20);
  const milliseconds wait = std::min<milliseconds>(limits_.longest_wait, limits_.first_wait * (1LL << doublings));
  ++row.waits;
  row.failures = 0;
  row.waits_from = now;
  row.waits_until = now + wait;
}

void SignInGuard::succeeded(std::string_view key) {
  const std::scoped_lock lock(mutex_);
  const std::size_t digest = digest_of(key);
  if (good_keys_.contains(digest)) {
    return;
  }
  if (good_keys_.size() >= limits_.max_keys / 2) {
    older_good_keys_ = std::move(good_keys_);
    good_keys_.clear();
  }
  good_keys_.insert(digest);
}

std::size_t SignInGuard::size() const {
  const std::scoped_lock lock(mutex_);
  return addresses_.size() + good_keys_.size() + older_good_keys_.size();
}

}  // namespace pictor::service
