#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "domain/ids.hpp"

namespace pictor::service {

/// Tells whoever watches a job that something about it was stored. Carries no data: watchers read the store.
/// Thread-safe.
class EventHub {
 public:
  using Listener = std::function<void()>;

  /// Ends the subscription when it goes; waits for a call that is under way.
  class Subscription {
   public:
    Subscription() = default;
    explicit Subscription(std::shared_ptr<void> handle) : handle_(std::move(handle)) {}

   private:
    std::shared_ptr<void> handle_;
  };

  /// `listener` is called from the storing thread: keep it short (post to an executor).
  [[nodiscard]] Subscription subscribe(const domain::JobId& job, Listener listener);
  void publish(const domain::JobId& job);

 private:
  struct Table {
    std::mutex mutex;
    std::uint64_t next = 0;
    std::map<domain::JobId, std::map<std::uint64_t, Listener>> listeners;
  };
  std::shared_ptr<Table> table_ = std::make_shared<Table>();
};

}  // namespace pictor::service
