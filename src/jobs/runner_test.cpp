#include "jobs/runner.hpp"

#include <gtest/gtest.h>

#include "service/testing/fakes.hpp"

namespace pictor::jobs {
namespace {

using domain::ItemStatus;
using domain::JobStatus;
using service::SessionView;
using service::testing::House;
using Steady = std::chrono::steady_clock;

RunnerConfig quick() {
  RunnerConfig config;
  config.workers = 3;
  config.heartbeat = milliseconds(20);
  config.poll = milliseconds(50);
  config.overload_pause = milliseconds(5);
  return config;
}

std::unique_ptr<Runner> runner_of(House& house, RunnerConfig config = quick()) {
  auto runner = std::make_unique<Runner>(
      house.job_store, house.clock,
      [&house](const domain::Lease& lease, std::stop_token stop) { return house.worker.work(lease, stop); }, config);
  house.job_store.on_work([raw = runner.get()] { raw->wake(); });
  return runner;
}

bool wait_for_end(House& house, const domain::Job& job) {
  const auto end = Steady::now() + std::chrono::seconds(20);
  while (Steady::now() < end) {
    if (domain::is_final(house.job(job).status)) {
      return true;
    }
    std::this_thread::sleep_for(milliseconds(5));
  }
  return false;
}

std::vector<std::string> twenty_names() {
  std::vector<std::string> names;
  for (int i = 0; i < 20; ++i) {
    names.emplace_back("fox.jpg");
  }
  return names;
}

TEST(Runner, FinishesEveryImageOnceWithSeveralWorkers) {
  House house;
  const auto runner = runner_of(house);
  ASSERT_TRUE(runner->start());
  const domain::Job job = house.start_export(house.upload(twenty_names()));
  ASSERT_TRUE(wait_for_end(house, job));
  runner->stop();
  EXPECT_EQ(house.engine.renders, 20);
  const domain::Export result = house.exports.find(house.who, job.export_id.str()).value();
  std::set<std::string> names;
  for (const domain::ExportImage& image : result.images) {
    names.insert(image.variants.at(0).filename);
  }
  EXPECT_EQ(names.size(), 20U) << "names are unique whoever finishes first";
  const auto events = house.events(job);
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].id, static_cast<std::int64_t>(i + 1));
  }
  EXPECT_EQ(events.back().type, "complete");
}

TEST(Runner, NewWorkWakesAnIdleWorkerWithoutWaitingForThePoll) {
  House house;
  RunnerConfig config = quick();
  config.poll = milliseconds(60'000);
  const auto runner = runner_of(house, config);
  ASSERT_TRUE(runner->start());
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_TRUE(wait_for_end(house, house.start_analyze(house.upload({"a.jpg"}))));
}

TEST(Runner, StoppedInTheMiddleItGivesBackAndALaterOneGoesOnWithoutRepeating) {
  House house;
  const domain::Job job = house.start_analyze(house.upload({"1", "2", "3", "4", "5", "6"}));
  for (int i = 0; i < 2; ++i) {
    const auto lease = house.job_store.lease_next(house.clock.now(), milliseconds(60'000)).value();
    ASSERT_TRUE(house.worker.work(*lease, {}));
  }
  house.engine.close_gate();
  {
    const auto runner = runner_of(house);
    ASSERT_TRUE(runner->start());
    ASSERT_TRUE(house.engine.wait_for_waiting(3));
    const auto before = Steady::now();
    runner->stop();
    EXPECT_LT(Steady::now() - before, std::chrono::seconds(2));
    house.job_store.on_work({});
  }
  int queued = 0;
  for (const domain::JobItem& item : house.job(job).items) {
    queued += item.status == ItemStatus::kQueued ? 1 : 0;
  }
  EXPECT_EQ(queued, 4);
  house.engine.open_gate();
  house.engine.looks = 0;
  const auto later = runner_of(house);
  ASSERT_TRUE(later->start());
  ASSERT_TRUE(wait_for_end(house, job));
  later->stop();
  EXPECT_EQ(house.engine.looks, 4);
  EXPECT_EQ(house.job(job).status, JobStatus::kCompleted);
  EXPECT_EQ(house.job(job).processed, 6);
}

TEST(Runner, WorkOfAProcessThatWasKilledGoesOnAtOnce) {
  House house;
  const domain::Job job = house.start_analyze(house.upload({"1", "2"}));
  // The lease of a process that will never come back.
  ASSERT_TRUE(house.job_store.lease_next(house.clock.now(), milliseconds(60'000)).value());
  const auto runner = runner_of(house);
  ASSERT_TRUE(runner->start());
  ASSERT_TRUE(wait_for_end(house, job));
  EXPECT_EQ(house.job(job).processed, 2);
}

TEST(Runner, ACancelledJobStopsItsRunningImages) {
  House house;
  house.engine.close_gate();
  const auto runner = runner_of(house);
  ASSERT_TRUE(runner->start());
  const domain::Job job = house.start_analyze(house.upload({"1", "2", "3", "4", "5"}));
  ASSERT_TRUE(house.engine.wait_for_waiting(3));
  ASSERT_TRUE(house.jobs.cancel(house.who, job.id.str()));
  ASSERT_TRUE(wait_for_end(house, job));
  EXPECT_EQ(house.job(job).status, JobStatus::kCancelled);
  EXPECT_EQ(house.job(job).processed, 0);
  EXPECT_EQ(house.events(job).back().type, "complete");
}

TEST(Runner, ADeletedSessionStopsItsRunningImages) {
  House house;
  house.engine.close_gate();
  const auto runner = runner_of(house);
  ASSERT_TRUE(runner->start());
  const SessionView view = house.upload({"1", "2", "3"});
  house.start_analyze(view);
  ASSERT_TRUE(house.engine.wait_for_waiting(3));
  ASSERT_TRUE(house.sessions.remove(house.who, view.session.id.str()));
  house.engine.open_gate();
  EXPECT_TRUE(wait_for_end(house, house.start_analyze(house.upload({"next"}))));
}

TEST(Runner, RenewsTheLeaseOfALongImage) {
  House house;
  house.engine.close_gate();
  const auto runner = runner_of(house);
  ASSERT_TRUE(runner->start());
  const domain::Job job = house.start_analyze(house.upload({"1"}));
  ASSERT_TRUE(house.engine.wait_for_waiting(1));
  for (int i = 0; i < 5; ++i) {
    house.clock.advance(milliseconds(30'000));
    std::this_thread::sleep_for(milliseconds(100));
    EXPECT_FALSE(house.job_store.lease_next(house.clock.now(), milliseconds(1)).value()) << "it was thought dead";
  }
  house.engine.open_gate();
  ASSERT_TRUE(wait_for_end(house, job));
  EXPECT_EQ(house.engine.looks, 1);
}

TEST(Runner, WithoutRoomItTriesAgainALittleLater) {
  House house;
  house.engine.overloads = 6;
  const auto runner = runner_of(house);
  ASSERT_TRUE(runner->start());
  const domain::Job job = house.start_analyze(house.upload({"1", "2", "3"}));
  ASSERT_TRUE(wait_for_end(house, job));
  EXPECT_EQ(house.job(job).status, JobStatus::kCompleted);
}

TEST(Runner, AThrowingWorkKeepsItsThread) {
  House house;
  std::atomic<int> calls{0};
  RunnerConfig config = quick();
  config.workers = 1;
  Runner runner(
      house.job_store, house.clock,
      [&](const domain::Lease& lease, std::stop_token stop) -> Result<void> {
        if (++calls == 1) {
          throw std::runtime_error("no memory");
        }
        return house.worker.work(lease, stop);
      },
      config);
  const domain::Job job = house.start_analyze(house.upload({"1", "2"}));
  ASSERT_TRUE(runner.start());
  const auto end = Steady::now() + std::chrono::seconds(10);
  while (house.job(job).processed < 1 && Steady::now() < end) {
    std::this_thread::sleep_for(milliseconds(5));
  }
  runner.stop();
  EXPECT_EQ(house.job(job).processed, 1);
}

}  // namespace
}  // namespace pictor::jobs
