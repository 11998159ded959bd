#include "imaging/promise/time_budget.hpp"

#include <gtest/gtest.h>

namespace pictor::imaging {
namespace {

using std::chrono::milliseconds;

TimeBudget in(milliseconds time) { return {time, std::chrono::minutes(5)}; }

TEST(TimeBudget, WithoutADeadlineThereIsPatienceButNotForEver) {
  const TimeBudget budget(std::nullopt, std::chrono::seconds(40));
  EXPECT_FALSE(budget.is_bounded());
  EXPECT_TRUE(budget.has_room_for(20));
  EXPECT_FALSE(budget.has_room_for(60));
}

TEST(TimeBudget, NothingIsBegunThatWouldNotBeReady) {
  const TimeBudget budget = in(milliseconds(1'000));
  EXPECT_TRUE(budget.has_room_for(0.5));
  EXPECT_FALSE(budget.has_room_for(1.5));
}

TEST(TimeBudget, EffortGrowsWithTheTimeThatIsLeft) {
  int last = 0;
  for (const int time : {100, 400, 1'600, 6'400, 25'000}) {
    const int effort = in(milliseconds(time)).affordable_effort(0.1, 2, 2);
    EXPECT_GE(effort, last) << time;
    last = effort;
  }
  EXPECT_EQ(last, 9);
  EXPECT_EQ(in(milliseconds(-5)).affordable_effort(0.1, 2, 2), 0) << "the time is over";
}

}  // namespace
}  // namespace pictor::imaging
