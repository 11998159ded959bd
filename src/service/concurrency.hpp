#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace pictor::service {

/// How many slow calls each account has under way. Thread-safe; what it gives out may outlive it.
class Concurrency {
 public:
  /// One call: over when the last copy goes.
  using Place = std::shared_ptr<void>;
  /// @return nullptr when the account has `limit` calls already
  [[nodiscard]] Place enter(const std::string& account, int limit);
  [[nodiscard]] int of(const std::string& account) const;

 private:
  struct State {
    std::mutex mutex;
    std::unordered_map<std::string, int> calls;  ///< of accounts that have any
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace pictor::service
