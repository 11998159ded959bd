#include <gtest/gtest.h>
#include <thread>

#include "storage/testing/rows.hpp"

/// What a JobStore promises (domain/ports/job_store.hpp) of credits: held when a job begins, captured for what
/// succeeds, given back for everything else.
namespace pictor::storage {
namespace {

using domain::Charge;
using domain::Image;
using domain::Job;
using domain::JobType;
using domain::Lease;
using testing::kMinute;
using testing::kNow;

class JobCredits : public ::testing::Test, public testing::StoresTest {
 protected:
  static constexpr std::int64_t kAll = 10;

  JobCredits() {
    domain::ApiKey key;
    key.id = domain::KeyId::make(kNow);
    key.account = ours;
    testing::must(stores.accounts.create({ours, "Test", "t@example.org", "Free", false, kNow}, key));
    stores.ledger.add(ours, domain::EntryType::kGrant, kAll, "signup", "", "", kNow).value();
  }
  ~JobCredits() override { EXPECT_TRUE(stores.ledger.mismatches().value().empty()); }

  Result<Job> start(int pictures, JobType type = JobType::kAnalyze, const Charge& payment = {}) {
    const domain::Session session =
        open_session(ours, std::vector<std::string>(static_cast<std::size_t>(pictures), "fox.jpg"), &images);
    Job job = testing::job_of(session, images, type);
    return type == JobType::kAnalyze ? stores.jobs.create(job, std::nullopt, payment)
                                     : stores.jobs.create(job, testing::export_of(job, images), payment);
  }
  Lease lease(Timestamp now = kNow) { return stores.jobs.lease_next(now, kMinute).value().value(); }
  void finish(const Lease& lease, const domain::ItemOutcome& outcome) {
    testing::must(stores.jobs.finish(lease, outcome, &testing::problem_of, kNow));
  }
  std::pair<std::int64_t, std::int64_t> money() {
    const domain::Balance balance = stores.ledger.balance(ours).value();
    return {balance.available, balance.held};
  }
  Job read(const Job& job) { return stores.jobs.find(ours, job.id).value(); }

  std::vector<Image> images;
};
using Money = std::pair<std::int64_t, std::int64_t>;

TEST_F(JobCredits, AreHeldAtTheStartCapturedForWhatIsDoneAndGivenBackForWhatFailed) {
  const Job job = start(3).value();
  EXPECT_EQ(money(), Money(7, 3));
  finish(lease(), testing::words_outcome("A fox"));
  EXPECT_EQ(money(), Money(7, 2));
  finish(lease(), testing::failure(ErrorCode::kImageUnreadable, "broken"));
  EXPECT_EQ(money(), Money(8, 1));
  finish(lease(), testing::words_outcome("A fox"));
  EXPECT_EQ(money(), Money(8, 0));
  EXPECT_EQ(read(job).charged, 2);
  EXPECT_EQ(read(job).released, 1);
  const auto events = stores.jobs.events(job.id, 0, 100).value();
  EXPECT_EQ(events.back().body.at("creditsCharged"), 2);
}

TEST_F(JobCredits, FinishingTwiceChargesOnce) {
  start(1).value();
  const Lease one = lease();
  finish(one, testing::words_outcome("A fox"));
  finish(one, testing::words_outcome("A fox"));
  EXPECT_EQ(money(), Money(9, 0));
}

TEST_F(JobCredits, AJobThatCannotBePaidIsNotStoredAndSaysWhatIsMissing) {
  const auto refused = start(11);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInsufficientCredits);
  EXPECT_EQ(refused.error().public_message, "Insufficient credits. You have 10 but need 11.");
  EXPECT_TRUE(stores.jobs.list(ours, {}, {}).value().items.empty());
  EXPECT_EQ(money(), Money(10, 0));
}

TEST_F(JobCredits, ASampleAndAPictureThatIsPassedThroughCostNothing) {
  start(2, JobType::kSample).value();
  EXPECT_EQ(money(), Money(10, 0));
  finish(lease(), testing::files_outcome({"a.webp"}));
  finish(lease(), testing::files_outcome({"b.webp"}));
  EXPECT_EQ(money(), Money(10, 0));
  const Job job = start(2, JobType::kExport).value();
  domain::ItemOutcome same = testing::files_outcome({"c.webp"});
  same.variants.front().passthrough = true;
  finish(lease(), same);
  finish(lease(), testing::files_outcome({"d.webp"}));
  EXPECT_EQ(money(), Money(9, 0));
  EXPECT_EQ(read(job).charged, 1);
  EXPECT_EQ(read(job).released, 1);
}

TEST_F(JobCredits, CancellingGivesBackWhatWasNotDone) {
  const Job job = start(4).value();
  finish(lease(), testing::words_outcome("A fox"));
  const Lease running = lease();
  EXPECT_EQ(stores.jobs.cancel(ours, job.id, kNow)->released, 2);
  EXPECT_EQ(money(), Money(8, 1)) << "at once, but for the image that is worked on";
  EXPECT_EQ(stores.jobs.cancel(ours, job.id, kNow)->released, 2);
  EXPECT_EQ(money(), Money(8, 1)) << "once";
  domain::ItemOutcome cancelled;
  cancelled.status = domain::ItemStatus::kCancelled;
  finish(running, cancelled);
  EXPECT_EQ(money(), Money(9, 0));
  EXPECT_EQ(read(job).status, domain::JobStatus::kCancelled);
  EXPECT_EQ(read(job).charged, 1);
  EXPECT_EQ(read(job).released, 3);
}

TEST_F(JobCredits, AnImageThatIsGivenBackAfterTheCancellationIsPaidBackOnce) {
  const Job job = start(3).value();
  const Lease one = lease();
  const Lease other = lease();
  ASSERT_TRUE(stores.jobs.cancel(ours, job.id, kNow));
  EXPECT_EQ(money(), Money(8, 2));
  testing::must(stores.jobs.give_back(one));
  EXPECT_FALSE(stores.jobs.lease_next(kNow, kMinute).value()) << "nobody works on a cancelled job";
  EXPECT_EQ(money(), Money(9, 1)) << "at once, though the other one still runs";
  finish(one, testing::words_outcome("A fox"));
  EXPECT_EQ(money(), Money(9, 1)) << "too late";
  finish(other, testing::words_outcome("A fox"));
  EXPECT_EQ(money(), Money(9, 0));
  EXPECT_EQ(read(job).charged, 1);
  EXPECT_EQ(read(job).released, 2);
  EXPECT_EQ(read(job).status, domain::JobStatus::kCancelled);
}

TEST_F(JobCredits, WhateverRacesACancellationEveryCreditIsSpentOrGivenBackOnce) {
  for (int round = 0; round < 20; ++round) {
    const auto [before, nothing] = money();
    ASSERT_EQ(nothing, 0);
    const Job job = start(3).value();
    std::vector<std::thread> threads;
    for (int worker = 0; worker < 2; ++worker) {
      threads.emplace_back([&] {
        while (const auto taken = stores.jobs.lease_next(kNow, kMinute).value()) {
          domain::ItemOutcome failed = testing::failure(ErrorCode::kImageUnreadable, "broken");
          testing::must(stores.jobs.finish(*taken, failed, &testing::problem_of, kNow));
        }
      });
    }
    for (int client = 0; client < 2; ++client) {
      threads.emplace_back([&] { EXPECT_TRUE(stores.jobs.cancel(ours, job.id, kNow)); });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    EXPECT_EQ(money(), Money(before, 0));
    EXPECT_EQ(read(job).released, 3);
    EXPECT_TRUE(stores.ledger.mismatches().value().empty());
  }
}

TEST_F(JobCredits, DeletingTheSessionGivesBackWhatItsJobsHold) {
  const Job job = start(4).value();
  finish(lease(), testing::words_outcome("A fox"));
  ASSERT_TRUE(stores.sessions.remove(ours, job.session));
  EXPECT_EQ(money(), Money(9, 0));
}

TEST_F(JobCredits, AReservationIsSpentAndNotChargedASecondTime) {
  Charge reserve;
  reserve.account = ours;
  reserve.credits = 2;
  Charge payment;
  payment.reservation = stores.ledger.hold(reserve, kNow + kMinute, kNow).value();
  EXPECT_EQ(money(), Money(8, 2));
  start(3, JobType::kAnalyze, payment).value();
  EXPECT_EQ(money(), Money(7, 3));
  for (int i = 0; i < 3; ++i) {
    finish(lease(), testing::words_outcome("A fox"));
  }
  EXPECT_EQ(money(), Money(7, 0));
}

TEST_F(JobCredits, SkippedPicturesAreFree) {
  const domain::Session session = open_session(ours, {"a.jpg", "b.jpg"}, &images);
  Job job = testing::job_of(session, images);
  job.items.front().status = domain::ItemStatus::kSkipped;
  stores.jobs.create(job, std::nullopt, {}).value();
  EXPECT_EQ(money(), Money(9, 1));
  finish(lease(), testing::words_outcome("A fox"));
  EXPECT_EQ(money(), Money(9, 0));
}

TEST_F(JobCredits, AnImageThatIsPutOffIsTriedAgainAfterItsTimeAndCancelledAtOnce) {
  const Job job = start(2).value();
  const Lease first = lease();
  testing::must(stores.jobs.postpone(first, kNow + milliseconds(2'000)));
  const Lease second = lease();
  EXPECT_NE(second.item.image, first.item.image);
  finish(second, testing::words_outcome("A fox"));
  EXPECT_FALSE(stores.jobs.lease_next(kNow + milliseconds(1'000), kMinute).value());
  const Lease again = lease(kNow + milliseconds(2'000));
  EXPECT_EQ(again.item.image, first.item.image);
  EXPECT_EQ(again.item.attempt, 2);
  testing::must(stores.jobs.postpone(again, kNow + kMinute));
  EXPECT_EQ(stores.jobs.cancel(ours, job.id, kNow).value().status, domain::JobStatus::kCancelled);
  EXPECT_EQ(money(), Money(9, 0));
}

}  // namespace
}  // namespace pictor::storage
