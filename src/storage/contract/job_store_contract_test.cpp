#include <gtest/gtest.h>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "storage/testing/rows.hpp"

/// What a JobStore promises (domain/ports/job_store.hpp) of jobs, items and events.
namespace pictor::storage {
namespace {

using domain::Image;
using domain::ItemOutcome;
using domain::ItemStatus;
using domain::Job;
using domain::JobEvent;
using domain::JobId;
using domain::JobStatus;
using domain::Lease;
using domain::Session;
using testing::kMinute;
using testing::kNow;
using testing::words_outcome;

template <class T>
ErrorCode code_of(const Result<T>& result) {
  return result ? ErrorCode::kInternal : result.error().code;
}

class JobStoreContract : public ::testing::Test, public testing::StoresTest {
 protected:
  JobStoreContract() {
    testing::fund(stores, ours);
    testing::fund(stores, theirs);
  }
  domain::JobStore& store() { return stores.jobs; }
  /// An analyze job over so many new pictures.
  Job start(const domain::AccountId& account, int pictures) {
    session = open_session(account, std::vector<std::string>(static_cast<std::size_t>(pictures), "fox.jpg"), &images);
    return store().create(testing::job_of(session, images), std::nullopt, {}).value();
  }
  std::optional<Lease> lease(Timestamp now = kNow) { return store().lease_next(now, kMinute).value(); }
  void finish(const Lease& lease, const ItemOutcome& outcome, Timestamp now = kNow) {
    testing::must(store().finish(lease, outcome, &testing::problem_of, now));
  }
  Job job(const JobId& id) { return store().find(ours, id).value(); }
  std::vector<JobEvent> events(const JobId& id) { return store().events(id, 0, 10'000).value(); }
  std::vector<std::string> types(const JobId& id) {
    std::vector<std::string> types;
    for (const JobEvent& event : events(id)) {
      EXPECT_EQ(event.id, static_cast<std::int64_t>(types.size() + 1)) << "no gaps";
      types.push_back(event.type);
    }
    return types;
  }

  Session session;
  std::vector<Image> images;
};
using Types = std::vector<std::string>;

TEST_F(JobStoreContract, AJobWaitsRunsAndCompletes) {
  const Job created = start(ours, 2);
  EXPECT_EQ(created.status, JobStatus::kQueued);
  EXPECT_EQ(created.total, 2);
  EXPECT_FALSE(created.started_at);

  const auto first = lease(kNow + milliseconds(5));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->item.image, images[0].id);
  EXPECT_EQ(first->item.attempt, 1);
  EXPECT_EQ(first->until, kNow + milliseconds(5) + kMinute);
  EXPECT_EQ(job(created.id).status, JobStatus::kRunning);
  EXPECT_EQ(job(created.id).started_at, kNow + milliseconds(5));
  EXPECT_EQ(job(created.id).items.at(0).status, ItemStatus::kRunning);
  testing::must(store().append_progress(*first, "started", "started"));
  finish(*first, words_outcome("A fox"));
  EXPECT_EQ(job(created.id).processed, 1);
  EXPECT_EQ(job(created.id).status, JobStatus::kRunning);

  finish(*lease(), words_outcome("Another fox"), kNow + kMinute);
  const Job done = job(created.id);
  EXPECT_EQ(done.status, JobStatus::kCompleted);
  EXPECT_EQ(done.processed, 2);
  EXPECT_EQ(done.finished_at, kNow + kMinute);
  EXPECT_EQ(types(created.id), (Types{"progress", "result", "result", "complete"}));
  EXPECT_FALSE(lease()) << "nothing left";

  const Image stored = stores.sessions.image(ours, session.id, images[0].id).value();
  EXPECT_EQ(stored.metadata->alt, "A fox");
  EXPECT_EQ(stored.metadata->version, 1);
  EXPECT_EQ(stored.state(), "analyzed");
  EXPECT_EQ(stores.sessions.metadata_versions(ours, session.id, images[0].id).value().at(0).changed_by, "analyze");
}

TEST_F(JobStoreContract, EventsCarryWhatTheApiPromises) {
  const Job created = start(ours, 2);
  const Lease first = *lease();
  testing::must(store().append_progress(first, "analyzing", "looking"));
  finish(first, words_outcome("A fox"));
  finish(*lease(), testing::failure(ErrorCode::kImageUnreadable, "It is damaged."));
  const auto all = events(created.id);
  ASSERT_EQ(all.size(), 4U);
  const std::string job_id = created.id.str();
  EXPECT_EQ(all[0].body, (Json{{"jobId", job_id},
                               {"imageId", images[0].id.str()},
                               {"status", "analyzing"},
                               {"step", "looking"},
                               {"current", 0},
                               {"total", 2}}));
  EXPECT_EQ(all[1].body.at("jobId"), job_id);
  EXPECT_EQ(all[1].body.at("imageId"), images[0].id.str());
  EXPECT_EQ(all[1].body.at("metadata").at("alt"), "A fox");
  EXPECT_EQ(all[1].body.at("metadata").at("version"), 1);
  EXPECT_EQ(all[2].body, (Json{{"jobId", job_id},
                               {"imageId", images[1].id.str()},
                               {"problem", {{"code", "image_unreadable"}, {"detail", "It is damaged."}}}}));
  EXPECT_EQ(all[3].type, "complete");
  EXPECT_EQ(all[3].body.at("status"), "partial");
  EXPECT_EQ(all[3].body.at("processed"), 1);
  EXPECT_EQ(all[3].body.at("failed"), 1);
  EXPECT_EQ(all[3].body.at("total"), 2);
}

TEST_F(JobStoreContract, EventsAreReadFromAnyPlaceInPieces) {
  const Job created = start(ours, 5);
  while (const auto next = lease()) {
    finish(*next, words_outcome("A fox"));
  }
  const auto middle = store().events(created.id, 2, 3).value();
  ASSERT_EQ(middle.size(), 3U);
  EXPECT_EQ(middle[0].id, 3);
  EXPECT_EQ(middle[2].id, 5);
  EXPECT_EQ(store().events(created.id, 5, 10).value().at(0).type, "complete");
  EXPECT_TRUE(store().events(created.id, 6, 10).value().empty());
}

TEST_F(JobStoreContract, AJobWhoseImagesAllFailFailed) {
  const Job created = start(ours, 2);
  finish(*lease(), testing::failure(ErrorCode::kImageUnreadable, "It is damaged."));
  finish(*lease(), testing::failure(ErrorCode::kProcessingTimeout, "It took too long."));
  const Job done = job(created.id);
  EXPECT_EQ(done.status, JobStatus::kFailed);
  EXPECT_EQ(done.failed, 2);
  ASSERT_TRUE(done.items.at(1).error);
  EXPECT_EQ(done.items[1].error->code, ErrorCode::kProcessingTimeout);
  EXPECT_EQ(done.items[1].error->public_message, "It took too long.");
  EXPECT_EQ(done.items[1].error->private_message, "") << "what was private is not kept";
}

TEST_F(JobStoreContract, SkippedImagesCountAtOnceAndAJobOfNothingElseIsComplete) {
  session = open_session(ours, {"a.jpg", "b.jpg"}, &images);
  Job wanted = testing::job_of(session, images);
  wanted.items[0].status = ItemStatus::kSkipped;
  const Job one_left = store().create(wanted, std::nullopt, {}).value();
  EXPECT_EQ(one_left.skipped, 1);
  EXPECT_EQ(one_left.status, JobStatus::kQueued);
  EXPECT_EQ(events(one_left.id).at(0).body.at("status"), "skipped");
  EXPECT_EQ(lease()->item.image, images[1].id);

  Job nothing = testing::job_of(session, images);
  nothing.items[0].status = ItemStatus::kSkipped;
  nothing.items[1].status = ItemStatus::kSkipped;
  const Job complete = store().create(nothing, std::nullopt, {}).value();
  EXPECT_EQ(complete.status, JobStatus::kCompleted);
  EXPECT_EQ(complete.finished_at, kNow);
  EXPECT_EQ(types(complete.id), (Types{"progress", "progress", "complete"}));
}

TEST_F(JobStoreContract, AnImageFoundToBeDoneAlreadyIsReportedAsSkipped) {
  const Job created = start(ours, 2);
  finish(*lease(), words_outcome("A fox"));
  ItemOutcome skipped;
  skipped.status = ItemStatus::kSkipped;
  finish(*lease(), skipped);
  EXPECT_EQ(types(created.id), (Types{"result", "progress", "complete"}));
  const Json progress = events(created.id).at(1).body;
  EXPECT_EQ(progress.at("imageId"), images[1].id.str());
  EXPECT_EQ(progress.at("status"), "skipped");
  EXPECT_EQ(progress.at("current"), 2) << "it counts as finished";
  EXPECT_EQ(events(created.id).at(2).body.at("skipped"), 1);
  EXPECT_EQ(job(created.id).status, JobStatus::kCompleted);
}

TEST_F(JobStoreContract, FinishingTwiceCountsOnce) {
  const Job created = start(ours, 2);
  const Lease first = *lease();
  finish(first, words_outcome("A fox"));
  finish(first, words_outcome("A dog"));
  finish(first, testing::failure(ErrorCode::kImageUnreadable, "It is damaged."));
  EXPECT_EQ(job(created.id).processed, 1);
  EXPECT_EQ(job(created.id).failed, 0);
  EXPECT_EQ(types(created.id), (Types{"result"}));
  EXPECT_EQ(stores.sessions.image(ours, session.id, images[0].id).value().metadata->alt, "A fox");
}

TEST_F(JobStoreContract, ALostLeaseChangesNothing) {
  const Job created = start(ours, 1);
  const Lease lost = *lease();
  EXPECT_FALSE(lease(kNow + kMinute - milliseconds(1))) << "still held";
  const Lease second = *lease(kNow + kMinute);
  EXPECT_EQ(second.item.image, lost.item.image);
  EXPECT_EQ(second.item.attempt, 2);
  EXPECT_NE(second.token, lost.token);

  EXPECT_EQ(code_of(store().renew(lost, kNow + 5 * kMinute)), ErrorCode::kNotFound);
  testing::must(store().append_progress(lost, "started", "started"));
  testing::must(store().give_back(lost));
  finish(lost, words_outcome("by the dead"));
  EXPECT_TRUE(types(created.id).empty());
  EXPECT_EQ(job(created.id).items.at(0).status, ItemStatus::kRunning);
  EXPECT_FALSE(stores.sessions.image(ours, session.id, images[0].id).value().metadata);

  finish(second, words_outcome("by the living"));
  EXPECT_EQ(stores.sessions.image(ours, session.id, images[0].id).value().metadata->alt, "by the living");
  EXPECT_EQ(job(created.id).status, JobStatus::kCompleted);
}

TEST_F(JobStoreContract, ARenewedLeaseIsNotGivenToAnother) {
  start(ours, 1);
  const Lease held = *lease();
  testing::must(store().renew(held, kNow + 3 * kMinute));
  EXPECT_FALSE(lease(kNow + 2 * kMinute));
  EXPECT_TRUE(lease(kNow + 3 * kMinute));
}

TEST_F(JobStoreContract, WhatIsGivenBackIsFreeAndItsAttemptDoesNotCount) {
  start(ours, 1);
  testing::must(store().give_back(*lease()));
  const auto again = lease();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->item.attempt, 1);
}

TEST_F(JobStoreContract, AccountsTakeTurnsAndJobsOfOneGoByAge) {
  const Job large = start(ours, 4);
  const Job later = start(ours, 1);
  const Job of_theirs = start(theirs, 2);
  std::vector<JobId> order;
  while (const auto next = lease()) {
    order.push_back(next->job.id);
  }
  EXPECT_EQ(order, (std::vector<JobId>{large.id, of_theirs.id, large.id, of_theirs.id, large.id, large.id, later.id}));
}

TEST_F(JobStoreContract, WhatSomebodyWaitsForGoesBeforeTheBatchWhichStillGetsEveryFourthTurn) {
  const Job batch = start(ours, 3);
  session = open_session(ours, {"a.jpg", "b.jpg", "c.jpg", "d.jpg"}, &images);
  Job few = testing::job_of(session, images);
  few.priority = domain::JobPriority::kInteractive;
  testing::must(store().create(few, std::nullopt, {}).map([](const Job&) {}));
  std::vector<JobId> order;
  while (const auto next = lease()) {
    order.push_back(next->job.id);
    EXPECT_EQ(next->job.priority == domain::JobPriority::kInteractive, next->job.id == few.id);
  }
  EXPECT_EQ(order, (std::vector<JobId>{few.id, few.id, few.id, batch.id, few.id, batch.id, batch.id}));
}

TEST_F(JobStoreContract, AnImageOfAnotherAccountIsNextBesideTenThousandAndLeasesStayCheap) {
  const domain::Session large = testing::session_of(ours);
  std::vector<domain::Image> many;
  for (int i = 0; i < 10'000; ++i) {
    many.push_back(testing::image_of(large, i));
  }
  testing::must(stores.sessions.create(large, many));
  testing::must(store().create(testing::job_of(large, many), std::nullopt, {}).map([](const Job&) {}));
  const auto started = std::chrono::steady_clock::now();
  constexpr int kLeases = 200;
  for (int i = 0; i < kLeases; ++i) {
    ASSERT_TRUE(lease());
  }
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - started;
  RecordProperty("ms_a_lease", std::to_string(taken.count() / kLeases));
  EXPECT_LT(taken.count() / kLeases, 20) << "ms a lease";
  const Job single = start(theirs, 1);
  EXPECT_EQ(lease()->job.id, single.id);
}

TEST_F(JobStoreContract, AtStartEveryRunningImageIsFreeAgain) {
  const Job created = start(ours, 3);
  finish(*lease(), words_outcome("A fox"));
  const Lease lost = *lease();
  EXPECT_EQ(store().release_all().value(), 1);
  EXPECT_EQ(store().release_all().value(), 0);
  finish(lost, words_outcome("by the dead"));
  EXPECT_EQ(job(created.id).processed, 1);
  EXPECT_EQ(lease()->item.image, images[1].id);
}

TEST_F(JobStoreContract, ACancelledJobEndsWhenItsRunningImageDoes) {
  const Job created = start(ours, 3);
  const Lease running = *lease();
  EXPECT_FALSE(store().is_cancelled(created.id));
  const Job cancelled = store().cancel(ours, created.id, kNow).value();
  EXPECT_EQ(cancelled.status, JobStatus::kRunning);
  EXPECT_TRUE(cancelled.cancel_requested);
  EXPECT_EQ(cancelled.items.at(2).status, ItemStatus::kCancelled);
  EXPECT_TRUE(store().is_cancelled(created.id));
  EXPECT_FALSE(lease());

  ItemOutcome outcome;
  outcome.status = ItemStatus::kCancelled;
  finish(running, outcome);
  EXPECT_EQ(job(created.id).status, JobStatus::kCancelled);
  EXPECT_EQ(types(created.id), (Types{"complete"}));
  EXPECT_EQ(store().cancel(ours, created.id, kNow + kMinute).value().finished_at, kNow) << "stays as it is";
}

TEST_F(JobStoreContract, AWaitingJobIsCancelledAtOnceAndAFinishedOneStaysAsItIs) {
  const Job waiting = start(ours, 2);
  EXPECT_EQ(store().cancel(ours, waiting.id, kNow).value().status, JobStatus::kCancelled);
  EXPECT_EQ(types(waiting.id), (Types{"complete"}));
  const Job finished = start(ours, 1);
  finish(*lease(), words_outcome("A fox"));
  EXPECT_EQ(store().cancel(ours, finished.id, kNow).value().status, JobStatus::kCompleted);
  EXPECT_EQ(types(finished.id), (Types{"result", "complete"}));
}

TEST_F(JobStoreContract, WhatACrashLeftOfACancelledJobIsNotWorkedAgain) {
  const Job created = start(ours, 2);
  lease();
  lease();
  testing::must(store().cancel(ours, created.id, kNow).map([](const Job&) {}));
  store().release_all().value();
  EXPECT_FALSE(lease(kNow + kMinute));
  EXPECT_EQ(job(created.id).status, JobStatus::kCancelled);
  EXPECT_EQ(types(created.id), (Types{"complete"}));
}

TEST_F(JobStoreContract, AnotherAccountsJobIsNotFound) {
  const Job created = start(ours, 1);
  EXPECT_EQ(code_of(store().find(theirs, created.id)), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(store().cancel(theirs, created.id, kNow)), ErrorCode::kNotFound);
  EXPECT_TRUE(store().list(theirs, {}, {}).value().items.empty());
  EXPECT_EQ(store().list(ours, {}, {}).value().items.size(), 1U);
  EXPECT_FALSE(store().is_cancelled(created.id));
}

TEST_F(JobStoreContract, AJobWhoseSessionIsGoneIsCancelledAndItsLeaseLost) {
  const Job created = start(ours, 1);
  const Lease held = *lease();
  stores.sessions.remove(ours, session.id).value();
  EXPECT_TRUE(store().is_cancelled(created.id));
  EXPECT_EQ(code_of(store().renew(held, kNow + kMinute)), ErrorCode::kNotFound);
  testing::must(store().append_progress(held, "started", "started"));
  finish(held, words_outcome("A fox"));
  EXPECT_TRUE(events(created.id).empty());
}

TEST_F(JobStoreContract, AnImageRemovedMeanwhileEndsItsItemWithoutWords) {
  const Job created = start(ours, 2);
  const Lease held = *lease();
  stores.sessions.remove_image(ours, session.id, images[0].id).value();
  finish(held, words_outcome("A fox"));
  finish(*lease(), words_outcome("Another fox"));
  const Job done = job(created.id);
  EXPECT_TRUE(domain::is_final(done.status));
  EXPECT_EQ(done.processed, 1);
  EXPECT_EQ(done.items.at(0).status, ItemStatus::kCancelled);
}

TEST_F(JobStoreContract, WordsThatAPersonWroteStayUnlessTheJobIsToReplaceThem) {
  start(ours, 1);
  testing::must(stores.sessions
                    .change_metadata(ours, session.id,
                                     {{images[0].id, std::nullopt, testing::words_of("By hand", "edited"), "key_x"}},
                                     kNow)
                    .map([](const auto&) {}));
  const Lease gentle = *lease();
  finish(gentle, words_outcome("By machine"));
  EXPECT_EQ(stores.sessions.image(ours, session.id, images[0].id).value().metadata->alt, "By hand");
  const Json told = events(gentle.job.id).at(0).body.at("metadata");
  EXPECT_EQ(told.at("alt"), "By hand") << "the event tells what is stored";
  EXPECT_EQ(told.at("version"), 1);

  Job forced = testing::job_of(session, images);
  forced.options.force = true;
  store().create(forced, std::nullopt, {}).value();
  finish(*lease(), words_outcome("By machine"));
  const Image stored = stores.sessions.image(ours, session.id, images[0].id).value();
  EXPECT_EQ(stored.metadata->alt, "By machine");
  EXPECT_EQ(stored.metadata->version, 2);
}

TEST_F(JobStoreContract, TellsOfChangesAndOfWork) {
  std::vector<JobId> changes;
  int work = 0;
  store().on_change([&](const JobId& id) { changes.push_back(id); });
  store().on_work([&] { ++work; });
  const Job created = start(ours, 1);
  EXPECT_EQ(work, 1);
  EXPECT_EQ(changes.size(), 1U);
  const Lease held = *lease();
  EXPECT_EQ(changes.size(), 2U) << "it runs now";
  testing::must(store().append_progress(held, "started", "started"));
  EXPECT_EQ(changes.size(), 3U);
  testing::must(store().give_back(held));
  EXPECT_EQ(work, 2);
  finish(*lease(), words_outcome("A fox"));
  EXPECT_EQ(changes.size(), 4U);
  EXPECT_EQ(changes.back(), created.id);
}

TEST_F(JobStoreContract, CountsWhatWaitsAndWhatRuns) {
  start(ours, 3);
  lease();
  const auto counts = store().counts().value();
  EXPECT_EQ(counts.queued_items, 2);
  EXPECT_EQ(counts.running_items, 1);
}

TEST_F(JobStoreContract, ManyWorkersTakeEveryImageOnce) {
  const Job created = start(ours, 60);
  std::mutex mutex;
  std::map<std::string, int> taken;
  std::vector<std::thread> workers;
  for (int worker = 0; worker < 4; ++worker) {
    workers.emplace_back([&] {
      while (const auto next = store().lease_next(kNow, kMinute).value()) {
        {
          const std::scoped_lock lock(mutex);
          ++taken[next->item.image.str()];
        }
        finish(*next, words_outcome("A fox"));
      }
    });
  }
  for (std::thread& worker : workers) {
    worker.join();
  }
  EXPECT_EQ(taken.size(), 60U);
  for (const auto& [image, times] : taken) {
    EXPECT_EQ(times, 1) << image;
  }
  EXPECT_EQ(job(created.id).processed, 60);
  EXPECT_EQ(types(created.id).size(), 61U);
}

TEST_F(JobStoreContract, ListsNewestFirstWhatTheFilterLetsThrough) {
  const Job first = start(ours, 1);
  const domain::SessionId first_session = session.id;
  finish(*lease(), words_outcome("A fox"));
  const Job second = start(ours, 1);
  Job third = testing::job_of(session, images, domain::JobType::kSample);
  third.created_at = kNow + kMinute;
  store().create(third, std::nullopt, {}).value();
  const domain::SessionId second_session = session.id;
  start(theirs, 1);
  const auto ids = [&](const domain::JobFilter& filter, const domain::PageRequest& page = {}) {
    std::vector<std::string> found;
    const domain::Page<Job> jobs = store().list(ours, filter, page).value();
    for (const Job& job : jobs.items) {
      found.push_back(job.id.str());
    }
    return found;
  };
  using Ids = std::vector<std::string>;
  EXPECT_EQ(ids({}), (Ids{third.id.str(), second.id.str(), first.id.str()}));
  EXPECT_EQ(ids({.statuses = {JobStatus::kQueued, JobStatus::kRunning}}), (Ids{third.id.str(), second.id.str()}));
  EXPECT_EQ(ids({.statuses = {JobStatus::kCompleted}}), (Ids{first.id.str()}));
  EXPECT_EQ(ids({.statuses = {JobStatus::kFailed}}), (Ids{}));
  EXPECT_EQ(ids({.types = {domain::JobType::kSample, domain::JobType::kExport}}), (Ids{third.id.str()}));
  EXPECT_EQ(ids({.session = first_session}), (Ids{first.id.str()}));
  EXPECT_EQ(ids({.statuses = {JobStatus::kQueued}, .types = {domain::JobType::kAnalyze}, .session = second_session}),
            (Ids{second.id.str()}));
  EXPECT_EQ(ids({.created_after = kNow}), (Ids{third.id.str()}));
  EXPECT_EQ(ids({.created_before = kNow + kMinute}), (Ids{second.id.str(), first.id.str()}));
  const auto page = store().list(ours, {.types = {domain::JobType::kAnalyze}}, {.limit = 1}).value();
  EXPECT_EQ(page.items.at(0).id, second.id);
  EXPECT_EQ(ids({.types = {domain::JobType::kAnalyze}}, {.cursor = page.next_cursor.value()}), (Ids{first.id.str()}));
  EXPECT_TRUE(store().list(theirs, {.session = first_session}, {}).value().items.empty());
}

}  // namespace
}  // namespace pictor::storage
