#include "service/item_worker.hpp"

#include <gtest/gtest.h>
#include <set>

#include "service/testing/fakes.hpp"

namespace pictor::service {
namespace {

using domain::ItemStatus;
using domain::JobStatus;
using testing::House;

std::vector<std::string> types_of(const std::vector<domain::JobEvent>& events) {
  std::vector<std::string> types;
  for (const domain::JobEvent& event : events) {
    types.push_back(event.type);
  }
  return types;
}

std::vector<std::string> names_of(const domain::Export& result) {
  std::vector<std::string> names;
  for (const domain::ExportImage& image : result.images) {
    for (const domain::Variant& variant : image.variants) {
      names.push_back(variant.filename);
    }
  }
  return names;
}

domain::Lease next_lease(House& house) {
  return house.job_store.lease_next(house.clock.now(), milliseconds(60'000)).value().value();
}

TEST(ItemWorker, LookingGivesWordsAndEventsWithoutGaps) {
  House house;
  const SessionView view = house.upload({"a.jpg", "b.jpg"});
  const domain::Job job = house.start_analyze(view);
  EXPECT_EQ(house.work_all(), 2);
  const domain::Job done = house.job(job);
  EXPECT_EQ(done.status, JobStatus::kCompleted);
  EXPECT_EQ(done.processed, 2);
  const auto events = house.events(job);
  EXPECT_EQ(types_of(events), (std::vector<std::string>{"progress", "result", "progress", "result", "complete"}));
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].id, static_cast<std::int64_t>(i + 1));
  }
  EXPECT_EQ(events[0].body["status"], "started");
  EXPECT_EQ(events[1].body["metadata"]["alt"], "A picture 2000 wide");
  const domain::Image image = house.sessions.image(house.who, view.session.id.str(), view.images[0].id.str()).value();
  EXPECT_EQ(image.state(), "analyzed");
  EXPECT_EQ(image.metadata->version, 1);
}

TEST(ItemWorker, ADamagedPictureFailsAndTheRestGoOn) {
  House house;
  const auto view =
      house.sessions
          .create(house.who, {house.incoming("a.jpg", "IMG 10x10 broken"), house.incoming("b.jpg", "IMG 10x10")})
          .value();
  const domain::Job job = house.start_export(view);
  house.work_all();
  const domain::Job done = house.job(job);
  EXPECT_EQ(done.status, JobStatus::kPartial);
  EXPECT_EQ(done.failed, 1);
  EXPECT_EQ(done.items.at(0).error->code, ErrorCode::kImageUnreadable);
  const auto events = house.events(job);
  EXPECT_EQ(events.at(1).type, "error");
  EXPECT_EQ(events.at(1).body["problem"]["code"], "image_unreadable");
  const domain::Export result = house.exports.find(house.who, job.export_id.str()).value();
  EXPECT_EQ(result.images.at(0).problem->code, ErrorCode::kImageUnreadable);
  EXPECT_EQ(result.images.at(1).variants.size(), 1U);
  EXPECT_EQ(result.images.at(1).warnings, std::vector<std::string>{"metadata_not_written"});
}

TEST(ItemWorker, ExportedFilesHaveStepsBytesAndTheState) {
  House house;
  const SessionView view = house.upload({"IMG_1.jpg"});
  const domain::Job job = house.start_export(view, R"({"format":"jpeg"})");
  house.work_all();
  const auto events = house.events(job);
  EXPECT_EQ(events.at(1).body["step"], "encoding");
  EXPECT_EQ(events.at(2).body["variants"][0]["filename"], "IMG_1.jpg");
  const auto file = house.exports.file(house.who, job.export_id.str(), "IMG_1.jpg");
  ASSERT_TRUE(file);
  std::array<char, 8> start{};
  ASSERT_EQ(::pread(file->descriptor.get(), start.data(), 8, 0), 8);
  EXPECT_EQ(std::string(start.data(), 8), "OUT 2000");
  EXPECT_EQ(house.sessions.find(house.who, view.session.id.str())->images[0].state(), "exported");
}

TEST(ItemWorker, CollidingNamesAreNumberedByTheOrderOfTheRequestWhoeverFinishesFirst) {
  House house;
  const SessionView view = house.upload({"fox.jpg", "fox.png", "fox-2.jpg", "fox.webp"});
  const domain::Job job = house.start_export(view, R"({"responsive":true,"responsiveSizes":[480]})");
  std::vector<domain::Lease> leases;
  for (int i = 0; i < 4; ++i) {
    leases.push_back(next_lease(house));
  }
  for (auto lease = leases.rbegin(); lease != leases.rend(); ++lease) {
    ASSERT_TRUE(house.worker.work(*lease, {}));
  }
  EXPECT_EQ(names_of(house.exports.find(house.who, job.export_id.str()).value()),
            (std::vector<std::string>{"fox.webp", "fox-480w.webp", "fox-2.webp", "fox-2-480w.webp", "fox-2-2.webp",
                                      "fox-2-2-480w.webp", "fox-3.webp", "fox-3-480w.webp"}));
}

TEST(ItemWorker, NamesThatCollideOnlyByLaterEditsAreStillUnique) {
  House house;
  const SessionView view = house.upload({"a.jpg", "b.jpg"});
  const domain::Job job = house.start_export(view, R"({"filename":"shop-{filename}"})");
  for (const domain::Image& image : view.images) {
    ASSERT_TRUE(house.reviews.patch(house.who, view.session.id.str(), image.id.str(), {{"filename", "fox"}}, {}));
  }
  house.work_all();
  EXPECT_EQ(names_of(house.exports.find(house.who, job.export_id.str()).value()),
            (std::vector<std::string>{"shop-fox.webp", "shop-fox-2.webp"}));
}

TEST(ItemWorker, FilesOfDifferentFormatsMayShareAName) {
  House house;
  const SessionView view = house.upload({"fox.png", "fox.jpg"});
  const Json body{{"sessionId", view.session.id.str()},
                  {"images", Json::array({{{"id", view.images[0].id.str()}, {"settings", {{"format", "png"}}}},
                                          {{"id", view.images[1].id.str()}, {"settings", {{"format", "jpeg"}}}}})}};
  const domain::Job job = house.requests.start_export(house.who, parse_export_request(body).value()).value();
  house.work_all();
  EXPECT_EQ(names_of(house.exports.find(house.who, job.export_id.str()).value()),
            (std::vector<std::string>{"fox.png", "fox.jpg"}));
}

TEST(ItemWorker, ResponsiveWidthsAreNeverEnlarged) {
  House house;
  const auto view = house.sessions.create(house.who, {house.incoming("a.jpg", "IMG 1000x500")}).value();
  const domain::Job all = house.start_export(view, R"({"responsive":true})");
  const domain::Job narrowed = house.start_export(view, R"({"responsive":true,"resize":{"width":500}})");
  house.work_all();
  EXPECT_EQ(names_of(house.exports.find(house.who, all.export_id.str()).value()),
            (std::vector<std::string>{"a.webp", "a-480w.webp", "a-768w.webp"}));
  EXPECT_EQ(names_of(house.exports.find(house.who, narrowed.export_id.str()).value()),
            (std::vector<std::string>{"a.webp", "a-480w.webp"}));
}

TEST(ItemWorker, WithoutRoomAnItemIsGivenBackAndItsAttemptDoesNotCount) {
  House house;
  const domain::Job job = house.start_analyze(house.upload({"a.jpg"}));
  house.engine.overloads = 1;
  const Result<void> worked = house.worker.work(next_lease(house), {});
  ASSERT_FALSE(worked);
  EXPECT_EQ(worked.error().code, ErrorCode::kOverloaded);
  EXPECT_EQ(house.job(job).items.at(0).status, ItemStatus::kQueued);
  EXPECT_EQ(house.job(job).items.at(0).attempt, 0);
  EXPECT_EQ(house.work_all(), 1);
  EXPECT_EQ(house.job(job).status, JobStatus::kCompleted);
}

TEST(ItemWorker, StoppedByAShutdownAnItemIsGivenBack) {
  House house;
  const domain::Job job = house.start_analyze(house.upload({"a.jpg"}));
  std::stop_source stop;
  stop.request_stop();
  ASSERT_TRUE(house.worker.work(next_lease(house), stop.get_token()));
  EXPECT_EQ(house.job(job).items.at(0).status, ItemStatus::kQueued);
}

TEST(ItemWorker, StoppedByACancelledJobAnItemEndsCancelled) {
  House house;
  const domain::Job job = house.start_analyze(house.upload({"a.jpg", "b.jpg"}));
  const domain::Lease lease = next_lease(house);
  ASSERT_TRUE(house.jobs.cancel(house.who, job.id.str()));
  std::stop_source stop;
  stop.request_stop();
  ASSERT_TRUE(house.worker.work(lease, stop.get_token()));
  const domain::Job done = house.job(job);
  EXPECT_EQ(done.status, JobStatus::kCancelled);
  EXPECT_EQ(done.items.at(0).status, ItemStatus::kCancelled);
  EXPECT_EQ(done.items.at(1).status, ItemStatus::kCancelled);
  EXPECT_EQ(house.events(job).back().type, "complete");
}

TEST(ItemWorker, SomethingThrownFailsThatImageOnlyAndAfterThreeTries) {
  House house;
  const domain::Job job = house.start_analyze(house.upload({"a.jpg"}));
  house.engine.throws = true;
  for (int attempt = 1; attempt <= 3; ++attempt) {
    ASSERT_FALSE(domain::is_final(house.job(job).status)) << attempt;
    ASSERT_TRUE(house.worker.work(next_lease(house), {}));
    house.clock.advance(milliseconds(10'000));
  }
  EXPECT_EQ(house.job(job).status, JobStatus::kFailed);
  EXPECT_EQ(house.job(job).items.at(0).error->code, ErrorCode::kInternal);
}

TEST(ItemWorker, APassingTroubleIsNotToldAndCostsOneCredit) {
  House house;
  const domain::Job job = house.start_analyze(house.upload({"a.jpg"}));
  house.engine.throws = true;
  ASSERT_TRUE(house.worker.work(next_lease(house), {}));
  house.engine.throws = false;
  EXPECT_EQ(house.work_all(), 0) << "not before its pause is over";
  house.clock.advance(milliseconds(10'000));
  EXPECT_EQ(house.work_all(), 1);
  EXPECT_EQ(house.job(job).status, JobStatus::kCompleted);
  EXPECT_EQ(house.job(job).charged, 1);
  for (const domain::JobEvent& event : house.events(job)) {
    EXPECT_NE(event.type, "error");
  }
}

TEST(ItemWorker, AnImageThatEndsItsWorkerEachTimeIsGivenUp) {
  House house;
  const domain::Job job = house.start_analyze(house.upload({"a.jpg"}));
  for (int death = 0; death < 5; ++death) {
    static_cast<void>(next_lease(house));
    house.clock.advance(milliseconds(60'001));
  }
  EXPECT_EQ(house.work_all(), 1);
  EXPECT_EQ(house.job(job).status, JobStatus::kFailed);
  EXPECT_EQ(house.engine.looks, 0);
}

TEST(ItemWorker, AWorkerThatWasThoughtDeadChangesNothing) {
  House house;
  const domain::Job job = house.start_analyze(house.upload({"a.jpg"}));
  const domain::Lease late = next_lease(house);
  house.clock.advance(milliseconds(60'001));
  EXPECT_EQ(house.work_all(), 1);
  ASSERT_TRUE(house.worker.work(late, {}));
  EXPECT_EQ(house.job(job).processed, 1);
  const auto events = house.events(job);
  EXPECT_EQ(std::count_if(events.begin(), events.end(), [](const auto& event) { return event.type == "result"; }), 1);
}

TEST(ItemWorker, APictureThatIsRemovedMeanwhileEndsTheJobAllTheSame) {
  House house;
  const SessionView view = house.upload({"a.jpg", "b.jpg"});
  const domain::Job job = house.start_export(view);
  ASSERT_TRUE(house.sessions.remove_image(house.who, view.session.id.str(), view.images[0].id.str()));
  house.work_all();
  EXPECT_TRUE(domain::is_final(house.job(job).status));
  EXPECT_EQ(house.job(job).processed, 1);
}

TEST(ItemWorker, WordsThatAPersonWroteAreKept) {
  House house;
  const SessionView view = house.upload({"a.jpg"});
  house.start_analyze(view);
  const domain::Lease lease = next_lease(house);
  ASSERT_TRUE(house.reviews.patch(house.who, view.session.id.str(), view.images[0].id.str(), {{"alt", "Mine"}}, {}));
  ASSERT_TRUE(house.worker.work(lease, {}));
  EXPECT_EQ(house.sessions.find(house.who, view.session.id.str())->images[0].metadata->alt, "Mine");
}

}  // namespace
}  // namespace pictor::service
