#include "service/sign_in_guard.hpp"

#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include "service/concurrency.hpp"

namespace pictor::service {
namespace {

void fail_times(SignInGuard& guard, const std::string& address, int times) {
  for (int i = 0; i < times; ++i) {
    guard.failed(address, "guess");
  }
}

TEST(SignInGuard, AnAddressWaitsAfterTenFailuresInAMinute) {
  ManualClock clock;
  SignInGuard guard(clock);
  fail_times(guard, "192.0.2.1", 9);
  EXPECT_FALSE(guard.wait_of("192.0.2.1", "k"));
  fail_times(guard, "192.0.2.1", 1);
  EXPECT_EQ(guard.wait_of("192.0.2.1", "k"), 10);
  EXPECT_FALSE(guard.wait_of("192.0.2.2", "k"));
  clock.advance(milliseconds(9'999));
  EXPECT_EQ(guard.wait_of("192.0.2.1", "k"), 1);
  clock.advance(milliseconds(1));
  EXPECT_FALSE(guard.wait_of("192.0.2.1", "k"));
}

TEST(SignInGuard, NineFailuresAMinuteGoOnForEver) {
  ManualClock clock;
  SignInGuard guard(clock);
  for (int minute = 0; minute < 5; ++minute) {
    fail_times(guard, "a", 9);
    clock.advance(seconds(60));
  }
  EXPECT_FALSE(guard.wait_of("a", "k"));
}

TEST(SignInGuard, TheWaitDoublesUpToItsLongest) {
  ManualClock clock;
  SignInGuard guard(clock);
  fail_times(guard, "a", 10);
  std::vector<int> waits;
  for (int i = 0; i < 9; ++i) {
    const int wait = guard.wait_of("a", "k").value_or(0);
    waits.push_back(wait);
    clock.advance(seconds(wait));
    fail_times(guard, "a", 1);
  }
  EXPECT_EQ(waits, (std::vector<int>{10, 20, 40, 80, 160, 320, 640, 900, 900}));
}

TEST(SignInGuard, FailuresThatWereUnderWayDoNotLengthenTheWait) {
  ManualClock clock;
  SignInGuard guard(clock);
  fail_times(guard, "a", 500);
  EXPECT_EQ(guard.wait_of("a", "k"), 10);
}

TEST(SignInGuard, IsForgivenAfterAWhile) {
  ManualClock clock;
  SignInGuard guard(clock);
  fail_times(guard, "a", 10);
  clock.advance(seconds(10 + 601));
  fail_times(guard, "a", 1);
  EXPECT_FALSE(guard.wait_of("a", "k"));
}

TEST(SignInGuard, AKeyThatWorkedPassesUntilItFails) {
  ManualClock clock;
  SignInGuard guard(clock);
  guard.succeeded("sk-good");
  fail_times(guard, "office", 10);
  EXPECT_FALSE(guard.wait_of("office", "sk-good"));
  EXPECT_TRUE(guard.wait_of("office", "sk-other"));
  guard.failed("office", "sk-good");
  EXPECT_TRUE(guard.wait_of("office", "sk-good"));
}

TEST(SignInGuard, AClockThatIsSetBackMakesNobodyWaitLonger) {
  ManualClock clock;
  SignInGuard guard(clock);
  fail_times(guard, "a", 10);
  clock.advance(-std::chrono::hours(24));
  EXPECT_EQ(guard.wait_of("a", "k"), 10);
  clock.advance(seconds(10));
  EXPECT_FALSE(guard.wait_of("a", "k"));
}

TEST(SignInGuard, ItsMemoryIsBounded) {
  ManualClock clock;
  SignInLimits limits;
  limits.max_addresses = 100;
  limits.max_keys = 100;
  SignInGuard guard(clock, limits);
  for (int i = 0; i < 10'000; ++i) {
    guard.failed("address " + std::to_string(i), "k");
    guard.succeeded("key " + std::to_string(i));
  }
  EXPECT_LE(guard.size(), 200U);
  EXPECT_EQ(guard.wait_of("address 9999", "k"), std::nullopt);
}

TEST(SignInGuard, ManyThreadsAtOnce) {
  ManualClock clock;
  SignInGuard guard(clock);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&guard, t] {
      for (int i = 0; i < 1'000; ++i) {
        guard.failed("a" + std::to_string(i % 7), "k" + std::to_string(t));
        guard.succeeded("k" + std::to_string(i));
        static_cast<void>(guard.wait_of("a" + std::to_string(i % 7), "k"));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_TRUE(guard.wait_of("a1", "nobody's"));
}

TEST(Concurrency, CountsAnAccountsCallsAndForgetsThemWhenTheyEnd) {
  Concurrency calls;
  Concurrency::Place first = calls.enter("a", 2);
  Concurrency::Place second = calls.enter("a", 2);
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(calls.enter("a", 2));
  EXPECT_TRUE(calls.enter("b", 2));
  const Concurrency::Place copy = first;
  first.reset();
  EXPECT_FALSE(calls.enter("a", 2));
  second.reset();
  EXPECT_EQ(calls.of("a"), 1);
  EXPECT_TRUE(calls.enter("a", 2));
  EXPECT_EQ(calls.of("b"), 0);
}

TEST(Concurrency, OneCallPassesWhateverTheLimit) {
  Concurrency calls;
  EXPECT_TRUE(calls.enter("a", 0));
}

}  // namespace
}  // namespace pictor::service
