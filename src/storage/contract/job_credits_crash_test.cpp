#include <cstdio>
#include <gtest/gtest.h>
#include <random>
#include <signal.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "storage/testing/rows.hpp"

/// A server that is killed with -9 while jobs are worked on and cancelled: every credit is spent or given back once.
namespace pictor::storage {
namespace {

using testing::kMinute;
using testing::kNow;

constexpr int kCrashes = 30;
constexpr int kImages = 4;

/// Jobs without end, most of them cancelled.
void ask(testing::Stores& stores, const domain::AccountId& account, unsigned seed) {
  std::mt19937 random(seed);
  while (true) {
    const domain::Session session = testing::session_of(account);
    std::vector<domain::Image> images;
    for (int i = 0; i < kImages; ++i) {
      images.push_back(testing::image_of(session, i));
    }
    testing::must(stores.sessions.create(session, images));
    const domain::Job job = stores.jobs.create(testing::job_of(session, images), std::nullopt, {}).value();
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 2'000));
    if (random() % 4 != 0) {
      stores.jobs.cancel(account, job.id, kNow).value();
    }
  }
}

/// Takes an item and finishes it, gives it back or loses it.
void work(testing::Stores& stores, unsigned seed) {
  std::mt19937 random(seed);
  while (true) {
    const auto lease = stores.jobs.lease_next(kNow, kMinute).value();
    if (!lease) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    } else if (random() % 3 == 0) {
      testing::must(stores.jobs.give_back(*lease));
    } else {
      const bool fails = random() % 3 == 0;
      testing::must(stores.jobs.finish(
          *lease, fails ? testing::failure(ErrorCode::kImageUnreadable, "broken") : testing::words_outcome("A fox"),
          &testing::problem_of, kNow));
    }
  }
}

[[noreturn]] void live_until_killed(const std::string& folder, const domain::AccountId& account, unsigned seed) {
  try {
    testing::Stores stores(folder);
    testing::must(stores.jobs.release_all().map([](int) {}));
    std::vector<std::thread> threads;
    for (unsigned thread = 0; thread < 2; ++thread) {
      threads.emplace_back([&stores, &account, seed, thread] { ask(stores, account, seed + thread); });
      threads.emplace_back([&stores, seed, thread] { work(stores, seed + 10 + thread); });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "the child failed: %s\n", problem.what());
  }
  ::_exit(1);
}

TEST(JobCreditsCrash, KilledWhileJobsAreCancelledEveryCreditIsSpentOrGivenBackOnce) {
  const testing::TemporaryFolder folder;
  const domain::AccountId account = domain::AccountId::make(kNow);
  std::int64_t whole = 0;
  {
    testing::Stores first(folder.path);
    testing::fund(first, account);
    whole = first.ledger.balance(account).value().available;
  }
  std::mt19937 random(static_cast<unsigned>(::testing::UnitTest::GetInstance()->random_seed()));
  std::uniform_int_distribution<int> life_time_us(5'000, 80'000);
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
  }

  testing::Stores last(folder.path);
  last.jobs.release_all().value();
  while (const auto lease = last.jobs.lease_next(kNow, kMinute).value()) {
    testing::must(last.jobs.finish(*lease, testing::words_outcome("A fox"), &testing::problem_of, kNow));
  }
  auto reader = last.database->reader();
  Statement row = reader->prepare(
      "SELECT count(*), sum(total), sum(charged), sum(released), sum(status = 'cancelled'), "
      "sum(finished_at IS NULL), sum(charged + released <> total) FROM jobs");
  ASSERT_TRUE(row.step());
  EXPECT_GT(row.integer(4), 0) << "nothing was cancelled";
  EXPECT_EQ(row.integer(5), 0) << "a job did not end";
  EXPECT_EQ(row.integer(6), 0) << "a job spent or gave back more, or less, than it held";
  const domain::Balance balance = last.ledger.balance(account).value();
  EXPECT_EQ(balance.held, 0);
  EXPECT_EQ(balance.available, whole - row.integer(2));
  EXPECT_TRUE(last.ledger.mismatches().value().empty());
}

}  // namespace
}  // namespace pictor::storage
