#pragma once

#include <chrono>
#include <optional>

namespace pictor::imaging {

/// How long a search may go on: until the client's deadline, and never for so long that the child would be ended.
class TimeBudget {
 public:
  using Clock = std::chrono::steady_clock;
  /// The clock starts now. @param deadline  the client's  @param patience  the house's: what was found by then is taken
  TimeBudget(std::optional<Clock::duration> deadline, Clock::duration patience);

  /// True when the client named a deadline: then effort follows from the time.
  [[nodiscard]] bool is_bounded() const { return bounded_; }
  /// Whether work of so many seconds would be ready in time.
  [[nodiscard]] bool has_room_for(double seconds) const;
  /// Highest effort at which `encodes` fit into what is left, when one at effort `gauge` takes `seconds`.
  [[nodiscard]] int affordable_effort(double seconds, int gauge, double encodes) const;

 private:
  bool bounded_;
  Clock::time_point latest_;
};

}  // namespace pictor::imaging
