#include "service/rate_limiter.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace pictor::service {
namespace {

constexpr RateLimit kSixty{60, 60};

int taken_at_once(RateLimiter& limiter, std::string_view name, RateLimit limit) {
  int count = 0;
  while (count < 100'000 && limiter.take(name, limit).allowed) {
    ++count;
  }
  return count;
}

TEST(RateLimiter, LetsAsManyPassAtOnceAsTheQuotaSaysThenOneAnInterval) {
  ManualClock clock;
  RateLimiter limiter(clock);
  const RateDecision first = limiter.take("a", kSixty);
  EXPECT_TRUE(first.allowed);
  EXPECT_EQ(first.remaining, 59);
  EXPECT_EQ(first.reset_seconds, 1);
  EXPECT_EQ(taken_at_once(limiter, "a", kSixty), 59);
  const RateDecision refused = limiter.take("a", kSixty);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.remaining, 0);
  EXPECT_EQ(refused.reset_seconds, 60);
  EXPECT_EQ(refused.retry_after_seconds, 1);
  clock.advance(milliseconds(999));
  EXPECT_FALSE(limiter.take("a", kSixty).allowed);
  clock.advance(milliseconds(1));
  EXPECT_EQ(taken_at_once(limiter, "a", kSixty), 1);
}

TEST(RateLimiter, WhatRetryAfterSaysIsEnoughAndOneSecondLessIsNot) {
  ManualClock clock;
  RateLimiter limiter(clock);
  const RateLimit slow{2, 60};
  EXPECT_EQ(taken_at_once(limiter, "a", slow), 2);
  const RateDecision refused = limiter.take("a", slow);
  EXPECT_EQ(refused.retry_after_seconds, 30);
  clock.advance(seconds(29));
  EXPECT_FALSE(limiter.take("a", slow).allowed);
  clock.advance(seconds(1));
  EXPECT_TRUE(limiter.take("a", slow).allowed);
}

TEST(RateLimiter, TheWholeQuotaIsBackAfterTheResetAndNoMore) {
  ManualClock clock;
  RateLimiter limiter(clock);
  taken_at_once(limiter, "a", kSixty);
  clock.advance(seconds(60));
  EXPECT_EQ(taken_at_once(limiter, "a", kSixty), 60);
  clock.advance(std::chrono::hours(1'000));
  EXPECT_EQ(taken_at_once(limiter, "a", kSixty), 60);
}

TEST(RateLimiter, RefusedRequestsCostNothing) {
  ManualClock clock;
  RateLimiter limiter(clock);
  taken_at_once(limiter, "a", kSixty);
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_FALSE(limiter.take("a", kSixty).allowed);
  }
  clock.advance(seconds(1));
  EXPECT_TRUE(limiter.take("a", kSixty).allowed);
}

TEST(RateLimiter, ANameDoesNotSpendAnothersQuota) {
  ManualClock clock;
  RateLimiter limiter(clock);
  taken_at_once(limiter, "a", kSixty);
  EXPECT_EQ(taken_at_once(limiter, "b", kSixty), 60);
}

TEST(RateLimiter, AClockThatIsSetBackOrForwardLocksNobodyOut) {
  ManualClock clock;
  RateLimiter limiter(clock);
  taken_at_once(limiter, "a", kSixty);
  clock.advance(-std::chrono::hours(24));
  const RateDecision after = limiter.take("a", kSixty);
  EXPECT_FALSE(after.allowed);
  EXPECT_EQ(after.retry_after_seconds, 1);
  clock.advance(seconds(1));
  EXPECT_TRUE(limiter.take("a", kSixty).allowed);
  clock.advance(std::chrono::hours(24 * 31));
  EXPECT_EQ(taken_at_once(limiter, "a", kSixty), 60);
}

TEST(RateLimiter, AChangeOfThePlanHoldsAtOnce) {
  ManualClock clock;
  RateLimiter limiter(clock);
  taken_at_once(limiter, "a", {1, 60});
  EXPECT_FALSE(limiter.take("a", {1, 60}).allowed);
  clock.advance(milliseconds(100));
  EXPECT_TRUE(limiter.take("a", {1'000, 60}).allowed);
}

TEST(RateLimiter, RemembersOnlySoManyNamesAndTheBusyOnesLongest) {
  ManualClock clock;
  RateLimiter limiter(clock, 1'600);
  taken_at_once(limiter, "busy", kSixty);
  for (int i = 0; i < 100'000; ++i) {
    limiter.take("stranger " + std::to_string(i), kSixty);
    if (i % 10 == 0) {
      EXPECT_FALSE(limiter.take("busy", kSixty).allowed);
    }
  }
  EXPECT_LE(limiter.size(), 1'600U);
}

TEST(RateLimiter, ManyThreadsTogetherGetTheQuotaAndNotOneMore) {
  ManualClock clock;
  RateLimiter limiter(clock);
  std::atomic<int> allowed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2'000; ++i) {
        allowed += limiter.take("shared", {1'000, 60}).allowed ? 1 : 0;
        limiter.take("own " + std::to_string(i % 50), kSixty);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(allowed, 1'000);
}

}  // namespace
}  // namespace pictor::service
