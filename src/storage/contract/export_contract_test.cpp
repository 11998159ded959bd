#include <gtest/gtest.h>

#include "storage/testing/rows.hpp"

/// What a JobStore promises of exports (domain/ports/job_store.hpp).
namespace pictor::storage {
namespace {

using domain::Export;
using domain::Image;
using domain::Job;
using domain::JobType;
using domain::Lease;
using domain::Session;
using testing::kDay;
using testing::kMinute;
using testing::kNow;

template <class T>
ErrorCode code_of(const Result<T>& result) {
  return result ? ErrorCode::kInternal : result.error().code;
}

class ExportContract : public ::testing::Test, public testing::StoresTest {
 protected:
  ExportContract() {
    testing::fund(stores, ours);
    testing::fund(stores, theirs);
  }
  domain::JobStore& store() { return stores.jobs; }
  Export start(const std::vector<std::string>& filenames, JobType type = JobType::kExport) {
    session = open_session(ours, filenames, &images);
    Job job = testing::job_of(session, images, type);
    Export result = testing::export_of(job, images);
    result.sample = type == JobType::kSample;
    store().create(job, result, {}).value();
    return result;
  }
  std::optional<Lease> lease() { return store().lease_next(kNow, kMinute).value(); }
  void finish(const Lease& lease, const domain::ItemOutcome& outcome) {
    testing::must(store().finish(lease, outcome, &testing::problem_of, kNow));
  }
  Export read(const Export& result) { return store().find_export(ours, result.id, kNow).value(); }
  /// A result of /v1/optimize.
  Export loose(const std::string& filename, Timestamp expires_at) {
    Export result;
    result.id = domain::ExportId::make(kNow);
    result.account = ours;
    result.status = "completed";
    result.created_at = kNow;
    result.expires_at = expires_at;
    result.images.push_back({{}, "a.jpg", {testing::variant_of(filename)}, {}, {}});
    testing::must(store().create_export(result));
    return result;
  }

  Session session;
  std::vector<Image> images;
};

TEST_F(ExportContract, AnExportFollowsItsJob) {
  const Export started = start({"a.jpg", "b.jpg"});
  EXPECT_EQ(read(started).status, "queued");
  ASSERT_EQ(read(started).images.size(), 2U);
  EXPECT_TRUE(read(started).images[0].variants.empty());
  const Lease first = *lease();
  EXPECT_EQ(first.job.export_id, started.id);
  EXPECT_EQ(read(started).status, "running");

  domain::ItemOutcome made = testing::files_outcome({"fox.webp", "fox-480w.webp"});
  made.warnings = {"truncated"};
  finish(first, made);
  finish(*lease(), testing::failure(ErrorCode::kImageUnreadable, "It is damaged."));
  const Export done = read(started);
  EXPECT_EQ(done.status, "partial");
  ASSERT_EQ(done.images[0].variants.size(), 2U);
  EXPECT_EQ(done.images[0].variants[1].filename, "fox-480w.webp");
  EXPECT_EQ(done.images[0].variants[0].blob, testing::digest_of("variant fox.webp"));
  EXPECT_EQ(done.images[0].variants[0].bytes, 99);
  EXPECT_EQ(done.images[0].warnings, std::vector<std::string>{"truncated"});
  ASSERT_TRUE(done.images[1].problem);
  EXPECT_EQ(done.images[1].problem->code, ErrorCode::kImageUnreadable);
  EXPECT_TRUE(stores.sessions.is_blob_named(done.images[0].variants[1].blob));
  EXPECT_TRUE(stores.sessions.image(ours, session.id, images[0].id).value().exported);
  EXPECT_FALSE(stores.sessions.image(ours, session.id, images[1].id).value().exported);
  const auto events = store().events(started.job, 0, 100).value();
  EXPECT_EQ(events.front().body.at("variants").size(), 2U);
  EXPECT_EQ(events.back().body.at("exportId"), started.id.str());
}

TEST_F(ExportContract, ASampleDoesNotCountAsAnExport) {
  const Export started = start({"a.jpg"}, JobType::kSample);
  finish(*lease(), testing::files_outcome({"fox.webp"}));
  EXPECT_TRUE(read(started).sample);
  EXPECT_FALSE(stores.sessions.image(ours, session.id, images[0].id).value().exported);
}

TEST_F(ExportContract, NamesThatAreTakenAreNumbered) {
  const Export started = start({"a.jpg", "b.jpg", "c.jpg", "d.jpg"});
  finish(*lease(), testing::files_outcome({"fox.webp"}));
  finish(*lease(), testing::files_outcome({"fox.webp", "fox-2.webp"}));
  finish(*lease(), testing::files_outcome({"fox.webp"}));
  finish(*lease(), testing::files_outcome({"fox.jpg", "fox"}));
  const Export done = read(started);
  EXPECT_EQ(done.images[0].variants[0].filename, "fox.webp");
  EXPECT_EQ(done.images[1].variants[0].filename, "fox-2.webp");
  EXPECT_EQ(done.images[1].variants[1].filename, "fox-2-2.webp");
  EXPECT_EQ(done.images[2].variants[0].filename, "fox-3.webp");
  EXPECT_EQ(done.images[3].variants[0].filename, "fox.jpg");
  EXPECT_EQ(done.images[3].variants[1].filename, "fox");
  // Another export is another name space.
  const Export other = start({"a.jpg"});
  finish(*lease(), testing::files_outcome({"fox.webp"}));
  EXPECT_EQ(read(other).images[0].variants[0].filename, "fox.webp");
}

TEST_F(ExportContract, AnotherAccountFindsItOnlyByASignedLink) {
  const Export started = start({"a.jpg"});
  EXPECT_EQ(code_of(store().find_export(theirs, started.id, kNow)), ErrorCode::kNotFound);
  EXPECT_TRUE(store().find_export_for_link(started.id, kNow));
  EXPECT_TRUE(store().list_exports(theirs, std::nullopt, {}).value().items.empty());
  EXPECT_EQ(code_of(store().find_export(ours, domain::ExportId::make(kNow), kNow)), ErrorCode::kNotFound);
}

TEST_F(ExportContract, LivesAsLongAsItsSessionDoes) {
  const Export started = start({"a.jpg"});
  finish(*lease(), testing::files_outcome({"fox.webp"}));
  testing::must(stores.sessions.touch(session.id, kNow + 2 * kDay));
  EXPECT_EQ(store().find_export(ours, started.id, kNow + kDay).value().expires_at, kNow + 2 * kDay);
  EXPECT_EQ(code_of(store().find_export(ours, started.id, kNow + 2 * kDay)), ErrorCode::kSessionExpired);
  EXPECT_EQ(code_of(store().find_export_for_link(started.id, kNow + 2 * kDay)), ErrorCode::kSessionExpired);
  EXPECT_EQ(code_of(store().find_export(theirs, started.id, kNow + 2 * kDay)), ErrorCode::kNotFound);
}

TEST_F(ExportContract, ListsAreNewestFirstOfOneSessionOrAllAndShowEndedOnesToo) {
  const Export first = start({"a.jpg"});
  const Session first_session = session;
  finish(*lease(), testing::files_outcome({"fox.webp"}));
  const Export second = start({"b.jpg"});
  const Export third = loose("c.webp", kNow + kDay);
  const auto page = store().list_exports(ours, std::nullopt, {2, ""}).value();
  ASSERT_EQ(page.items.size(), 2U);
  EXPECT_EQ(page.items[0].id, third.id);
  EXPECT_EQ(page.items[1].id, second.id);
  const auto rest = store().list_exports(ours, std::nullopt, {2, page.next_cursor.value()}).value();
  ASSERT_EQ(rest.items.size(), 1U);
  EXPECT_EQ(rest.items[0].id, first.id);
  EXPECT_FALSE(rest.next_cursor);
  EXPECT_EQ(store().list_exports(ours, first_session.id, {}).value().items.size(), 1U);

  stores.sessions.expire(kNow + kDay).value();
  const auto ended = store().list_exports(ours, first_session.id, {}).value();
  ASSERT_EQ(ended.items.size(), 1U);
  EXPECT_TRUE(ended.items[0].images.at(0).variants.empty());
}

TEST_F(ExportContract, ALooseExportEndsByItsOwnTime) {
  const Export soon = loose("soon.webp", kNow + kMinute);
  const Export later = loose("later.webp", kNow + kDay);
  EXPECT_EQ(store().find_export(ours, soon.id, kNow).value().images.at(0).variants.at(0).filename, "soon.webp");
  EXPECT_EQ(code_of(store().find_export(ours, soon.id, kNow + kMinute)), ErrorCode::kSessionExpired);
  EXPECT_EQ(store().expire_exports(kNow + kMinute).value(),
            std::vector<domain::BlobId>{testing::digest_of("variant soon.webp")});
  EXPECT_EQ(code_of(store().find_export(ours, soon.id, kNow)), ErrorCode::kNotFound);
  EXPECT_FALSE(stores.sessions.is_blob_named(testing::digest_of("variant soon.webp")));
  EXPECT_TRUE(store().find_export(ours, later.id, kNow));
}

TEST_F(ExportContract, ACancelledExportIsCancelled) {
  const Export started = start({"a.jpg"});
  store().cancel(ours, started.job, kNow).value();
  EXPECT_EQ(read(started).status, "cancelled");
}

}  // namespace
}  // namespace pictor::storage
