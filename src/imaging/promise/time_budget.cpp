#include "imaging/promise/time_budget.hpp"

#include <algorithm>
#include <cmath>

namespace pictor::imaging {
namespace {

/// Time grows by this with each step of effort, in every format (docs/effort.md).
constexpr double kEffortStep = 1.6;
constexpr int kMostEffort = 9;

}  // namespace

TimeBudget::TimeBudget(std::optional<Clock::duration> deadline, Clock::duration patience)
    : bounded_(deadline.has_value()), latest_(Clock::now() + std::min(deadline.value_or(patience), patience)) {}

bool TimeBudget::has_room_for(double seconds) const {
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds)) < latest_;
}

int TimeBudget::affordable_effort(double seconds, int gauge, double encodes) const {
  const double left = std::chrono::duration<double>(latest_ - Clock::now()).count();
  const double room = left / encodes;
  if (room <= 0 || seconds <= 0) {
    return 0;
  }
  const double steps = std::floor(std::log(room / seconds) / std::log(kEffortStep));
  return std::clamp(gauge + static_cast<int>(std::clamp(steps, -20.0, 20.0)), 0, kMostEffort);
}

}  // namespace pictor::imaging
