#include <cstdio>
#include <gtest/gtest.h>
#include <random>
#include <signal.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "storage/testing/rows.hpp"

/// A server that is killed with -9 while many threads move credits: what the next one finds.
namespace pictor::storage {
namespace {

using domain::Charge;
using domain::EntryType;
using domain::HoldId;
using testing::kMinute;
using testing::kNow;

constexpr int kCrashes = 50;
constexpr int kThreads = 6;

/// Moves of every kind, for ever.
void move_credits(domain::Ledger& ledger, const domain::AccountId& account, unsigned seed) {
  std::mt19937 random(seed);
  Charge charge;
  charge.account = account;
  charge.key = domain::KeyId::make(kNow);
  while (true) {
    charge.credits = 1 + static_cast<std::int64_t>(random() % 5);
    charge.reservation.reset();
    if (random() % 4 == 0) {
      charge.reservation = ledger.hold(charge, kNow + kMinute, kNow).value();
    }
    const HoldId hold = ledger.hold(charge, std::nullopt, kNow).value();
    if (random() % 3 != 0) {
      ledger.capture(hold, 1 + static_cast<std::int64_t>(random() % 2), kNow).value();
    }
    if (random() % 8 != 0) {
      ledger.release(hold, kNow).value();
    }
    ledger.add(account, EntryType::kGrant, 10, "", "", "", kNow).value();
  }
}

[[noreturn]] void live_until_killed(const std::string& folder, const domain::AccountId& account, unsigned seed) {
  try {
    testing::Stores stores(folder);
    std::vector<std::thread> threads;
    for (unsigned thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&stores, &account, seed, thread] { move_credits(stores.ledger, account, seed + thread); });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "the child failed: %s\n", problem.what());
  }
  ::_exit(1);
}

TEST(LedgerCrash, KilledAtAnyMomentTheSumsAreExactAndCallsGetTheirCreditsBack) {
  const testing::TemporaryFolder folder;
  const domain::AccountId account = domain::AccountId::make(kNow);
  {
    testing::Stores first(folder.path);
    domain::ApiKey key;
    key.id = domain::KeyId::make(kNow);
    key.account = account;
    testing::must(first.accounts.create({account, "Us", "us@example.org", "Free", false, kNow}, key));
    first.ledger.add(account, EntryType::kGrant, 100'000, "", "", "", kNow).value();
  }
  std::mt19937 random(static_cast<unsigned>(::testing::UnitTest::GetInstance()->random_seed()));
  std::uniform_int_distribution<int> life_time_us(5'000, 120'000);
  std::int64_t most_held = 0;
  for (int crash = 0; crash < kCrashes; ++crash) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      live_until_killed(folder.path, account, static_cast<unsigned>(crash * 100));
    }
    ::usleep(static_cast<useconds_t>(life_time_us(random)));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself";

    testing::Stores after(folder.path);
    ASSERT_TRUE(after.ledger.mismatches().value().empty()) << "after crash " << crash;
    most_held = std::max(most_held, after.ledger.balance(account).value().held);
  }
  EXPECT_GT(most_held, 0) << "the children never came to work";

  testing::Stores last(folder.path);
  EXPECT_GT(last.ledger.release_calls(kNow).value(), 0);
  last.ledger.expire_holds(kNow + kMinute).value();
  EXPECT_EQ(last.ledger.balance(account).value().held, 0);
  EXPECT_TRUE(last.ledger.mismatches().value().empty());
  auto reader = last.database->reader();
  Statement verdict = reader->prepare("PRAGMA integrity_check");
  EXPECT_TRUE(verdict.step());
  EXPECT_EQ(verdict.text(0), "ok");
}

}  // namespace
}  // namespace pictor::storage
