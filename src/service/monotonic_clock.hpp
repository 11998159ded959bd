#pragma once

#include "base/clock.hpp"

namespace pictor::service {

/// Never set back: for limits and deadlines. It counts from a start that means nothing; only differences say something.
class MonotonicClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override {
    return Timestamp(std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch()));
  }
};

}  // namespace pictor::service
