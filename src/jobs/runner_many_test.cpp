#include <algorithm>
#include <atomic>
#include <chrono>
#include <gtest/gtest.h>
#include <map>
#include <mutex>
#include <thread>

#include "jobs/runner.hpp"
#include "storage/testing/rows.hpp"

/// The runner over many images, with a work that only writes words: what counts is who does what how often.
namespace pictor::jobs {
namespace {

using domain::Image;
using domain::Job;
using domain::JobStatus;
using domain::Lease;
using domain::Session;
using storage::testing::kNow;

class RunnerOfMany : public ::testing::Test, public storage::testing::StoresTest {
 protected:
  static constexpr int kImages = 200;

  RunnerOfMany() {
    storage::testing::fund(stores, ours);
    storage::testing::fund(stores, theirs);
  }

  Job start(const domain::AccountId& account, int count) {
    std::vector<Image> images;
    const Session session =
        open_session(account, std::vector<std::string>(static_cast<std::size_t>(count), "fox.jpg"), &images);
    return stores.jobs.create(storage::testing::job_of(session, images), std::nullopt, {}).value();
  }
  /// Writes words after a little while; gives the image back when it is told to stop meanwhile.
  Result<void> work(const Lease& lease, const std::stop_token& stop) {
    ++begun_;
    {
      const std::scoped_lock lock(mutex_);
      order_.push_back(lease.job.account.str());
    }
    std::this_thread::sleep_for(milliseconds(1));
    if (stop.stop_requested()) {
      return stores.jobs.give_back(lease);
    }
    {
      const std::scoped_lock lock(mutex_);
      ++done_[lease.item.image.str()];
    }
    return stores.jobs.finish(lease, storage::testing::words_outcome("A fox"), &storage::testing::problem_of, kNow);
  }
  std::unique_ptr<Runner> start_runner(int workers) {
    RunnerConfig config;
    config.workers = workers;
    config.heartbeat = milliseconds(20);
    config.poll = milliseconds(20);
    auto runner = std::make_unique<Runner>(
        stores.jobs, clock_, [this](const Lease& lease, std::stop_token stop) { return work(lease, stop); }, config);
    EXPECT_TRUE(runner->start());
    return runner;
  }
  Job now(const Job& job) { return stores.jobs.find(job.account, job.id).value(); }
  bool wait_for_end(const Job& job) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!domain::is_final(now(job).status)) {
      if (std::chrono::steady_clock::now() > end) {
        return false;
      }
      std::this_thread::sleep_for(milliseconds(10));
    }
    return true;
  }
  void expect_each_done_once(int count) {
    EXPECT_EQ(done_.size(), static_cast<std::size_t>(count));
    for (const auto& [image, times] : done_) {
      EXPECT_EQ(times, 1) << image;
    }
  }
  void expect_whole_story(const Job& job) {
    const auto events = stores.jobs.events(job.id, 0, 10'000).value();
    ASSERT_EQ(events.size(), static_cast<std::size_t>(job.total) + 1);
    for (std::size_t i = 0; i < events.size(); ++i) {
      EXPECT_EQ(events[i].id, static_cast<std::int64_t>(i + 1));
      EXPECT_EQ(events[i].type, i + 1 < events.size() ? "result" : "complete");
    }
  }

  ManualClock clock_{kNow};
  std::mutex mutex_;
  std::map<std::string, int> done_;
  std::vector<std::string> order_;
  std::atomic<int> begun_ = 0;
};

TEST_F(RunnerOfMany, FourWorkersDoTwoHundredImagesOnceEach) {
  const Job job = start(ours, kImages);
  const auto runner = start_runner(4);
  ASSERT_TRUE(wait_for_end(job));
  runner->stop();
  EXPECT_EQ(now(job).status, JobStatus::kCompleted);
  EXPECT_EQ(now(job).processed, kImages);
  expect_each_done_once(kImages);
  expect_whole_story(job);
}

TEST_F(RunnerOfMany, StoppedAgainAndAgainTheyGoOnWhereTheyWere) {
  const Job job = start(ours, kImages);
  for (int stop = 1; stop <= 4; ++stop) {
    const auto runner = start_runner(4);
    while (begun_ < stop * kImages / 8) {
      std::this_thread::sleep_for(milliseconds(1));
    }
    runner->stop();
    const auto counts = stores.jobs.counts().value();
    EXPECT_EQ(counts.running_items, 0) << "all given back";
    EXPECT_EQ(counts.queued_items + now(job).processed, kImages);
  }
  EXPECT_LT(now(job).processed, kImages);
  const auto runner = start_runner(4);
  ASSERT_TRUE(wait_for_end(job));
  runner->stop();
  expect_each_done_once(kImages);
  expect_whole_story(job);
  for (const domain::JobItem& item : now(job).items) {
    EXPECT_EQ(item.attempt, 1) << "what was given back did not count";
  }
}

TEST_F(RunnerOfMany, ASmallJobOfAnotherAccountDoesNotWaitForALargeOne) {
  const Job large = start(ours, 50);
  const Job small = start(theirs, 5);
  const auto runner = start_runner(2);
  ASSERT_TRUE(wait_for_end(large));
  runner->stop();
  ASSERT_EQ(now(small).status, JobStatus::kCompleted);
  // They take turns: of the first twelve images about half are theirs.
  const auto theirs_at_first = std::count(order_.begin(), order_.begin() + 12, theirs.str());
  EXPECT_GE(theirs_at_first, 4);
}

TEST_F(RunnerOfMany, ACancelledLargeJobEndsSoonAndTheNextOneRuns) {
  const Job large = start(ours, kImages);
  const auto runner = start_runner(4);
  while (begun_ < 20) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  const Job cancelled = stores.jobs.cancel(ours, large.id, kNow).value();
  EXPECT_TRUE(cancelled.cancel_requested);
  const Job next = start(ours, 3);
  ASSERT_TRUE(wait_for_end(large));
  ASSERT_TRUE(wait_for_end(next));
  runner->stop();
  EXPECT_EQ(now(large).status, JobStatus::kCancelled);
  EXPECT_LT(now(large).processed, kImages);
  EXPECT_EQ(now(next).processed, 3);
}

}  // namespace
}  // namespace pictor::jobs
