#include <algorithm>
#include <gtest/gtest.h>
#include <thread>

#include "storage/testing/rows.hpp"

/// What a SessionStore promises (domain/ports/session_store.hpp).
namespace pictor::storage {
namespace {

using domain::BlobId;
using domain::Image;
using domain::MetadataChange;
using domain::Session;
using domain::SessionStatus;
using testing::kDay;
using testing::kMinute;
using testing::kNow;
using testing::words_of;

template <class T>
ErrorCode code_of(const Result<T>& result) {
  return result ? ErrorCode::kInternal : result.error().code;
}

std::vector<BlobId> sorted(std::vector<BlobId> blobs) {
  std::sort(blobs.begin(), blobs.end());
  return blobs;
}

class SessionStoreContract : public ::testing::Test, public testing::StoresTest {
 protected:
  SessionStoreContract() {
    testing::fund(stores, ours);
    testing::fund(stores, theirs);
  }
  domain::SessionStore& store() { return stores.sessions; }
  MetadataChange change(const Image& image, const std::string& alt, std::optional<int> expected = std::nullopt) {
    return {image.id, expected, words_of(alt, "edited"), "key_test"};
  }
  /// Files of an export that is done.
  domain::Export exported(const Session& session, const std::vector<Image>& images) {
    domain::Job job = testing::job_of(session, images, domain::JobType::kExport);
    const domain::Export result = testing::export_of(job, images);
    stores.jobs.create(job, result, {}).value();
    while (const auto lease = stores.jobs.lease_next(kNow, kMinute).value()) {
      testing::must(stores.jobs.finish(*lease, testing::files_outcome({lease->item.image.str() + ".webp"}),
                                       &testing::problem_of, kNow));
    }
    return stores.jobs.find_export(session.account, result.id, kNow).value();
  }
};

TEST_F(SessionStoreContract, GivesBackASessionAndItsImagesInTheirOrder) {
  std::vector<Image> images;
  const Session session = open_session(ours, {"a.jpg", "b \"quoted\" \xF0\x9F\xA6\x8A.png", ""}, &images);
  const Session found = store().find(ours, session.id).value();
  EXPECT_EQ(found.status, SessionStatus::kOpen);
  EXPECT_EQ(found.created_at, kNow);
  EXPECT_EQ(found.expires_at, kNow + kDay);
  const auto read = store().images(ours, session.id).value();
  ASSERT_EQ(read.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(read[i].id, images[i].id);
    EXPECT_EQ(read[i].original_filename, images[i].original_filename);
    EXPECT_EQ(read[i].position, static_cast<int>(i));
    EXPECT_EQ(read[i].blob, images[i].blob);
    EXPECT_EQ(read[i].info.width, 640);
    EXPECT_EQ(read[i].state(), "uploaded");
    EXPECT_FALSE(read[i].metadata);
  }
}

TEST_F(SessionStoreContract, AnImageIsFoundInWhicheverSessionOfItsAccount) {
  std::vector<Image> images;
  const Session session = open_session(ours, {"a.jpg", "b.jpg"}, &images);
  const auto found = store().image_anywhere(ours, images[1].id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->original_filename, "b.jpg");
  EXPECT_EQ(found->session, session.id);
  EXPECT_EQ(store().image_anywhere(theirs, images[1].id).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(store().expire(kNow + kDay * 2));
  EXPECT_EQ(store().image_anywhere(ours, images[1].id).error().code, ErrorCode::kNotFound);
}

TEST_F(SessionStoreContract, AFailedCreateLeavesNothing) {
  const Session session = testing::session_of(ours);
  const Image image = testing::image_of(session, 0);
  EXPECT_FALSE(store().create(session, {image, image})) << "an id twice";
  EXPECT_EQ(code_of(store().find(ours, session.id)), ErrorCode::kNotFound);
  EXPECT_FALSE(store().is_blob_named(image.blob));
}

TEST_F(SessionStoreContract, AnotherAccountFindsNothingAndChangesNothing) {
  std::vector<Image> images;
  const Session session = open_session(ours, {"a.jpg"}, &images);
  std::vector<Image> more = {testing::image_of(session, 0)};
  EXPECT_EQ(code_of(store().find(theirs, session.id)), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(store().image(theirs, session.id, images[0].id)), ErrorCode::kNotFound);
  EXPECT_TRUE(store().images(theirs, session.id).value().empty());
  EXPECT_EQ(code_of(store().add_images(theirs, session.id, more, kNow + kDay)), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(store().change_metadata(theirs, session.id, {change(images[0], "x")}, kNow)), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(store().metadata_versions(theirs, session.id, images[0].id)), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(store().remove_image(theirs, session.id, images[0].id)), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(store().remove(theirs, session.id)), ErrorCode::kNotFound);
  EXPECT_TRUE(store().list(theirs, {}).value().items.empty());
  EXPECT_EQ(store().images(ours, session.id).value().size(), 1U);
}

TEST_F(SessionStoreContract, AnImageIsNotFoundUnderAnotherSession) {
  std::vector<Image> images;
  open_session(ours, {"a.jpg"}, &images);
  const Session other = open_session(ours, {});
  EXPECT_EQ(code_of(store().image(ours, other.id, images[0].id)), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(store().change_metadata(ours, other.id, {change(images[0], "x")}, kNow)), ErrorCode::kNotFound);
}

TEST_F(SessionStoreContract, AddedImagesGetTheNextPositionsAndMoveTheEnd) {
  const Session session = open_session(ours, {"a.jpg", "b.jpg"});
  std::vector<Image> more = {testing::image_of(session, 0, "c.jpg"), testing::image_of(session, 0, "d.jpg")};
  ASSERT_TRUE(store().add_images(ours, session.id, more, kNow + 2 * kDay));
  EXPECT_EQ(more[0].position, 2);
  EXPECT_EQ(more[1].position, 3);
  EXPECT_EQ(store().images(ours, session.id).value().at(3).original_filename, "d.jpg");
  EXPECT_EQ(store().find(ours, session.id).value().expires_at, kNow + 2 * kDay);
  std::vector<Image> none;
  ASSERT_TRUE(store().add_images(ours, session.id, none, kNow)) << "never moves back";
  EXPECT_EQ(store().find(ours, session.id).value().expires_at, kNow + 2 * kDay);
}

TEST_F(SessionStoreContract, PagesAreNewestFirstAndMeetEverySessionOnce) {
  std::vector<domain::SessionId> made;
  for (int i = 0; i < 7; ++i) {
    made.push_back(open_session(ours, {}).id);
    open_session(theirs, {});
  }
  std::vector<domain::SessionId> met;
  domain::PageRequest request{3, ""};
  int pages = 0;
  for (bool more = true; more; ++pages) {
    const auto page = store().list(ours, request).value();
    for (const Session& session : page.items) {
      met.push_back(session.id);
    }
    more = page.next_cursor.has_value();
    request.cursor = page.next_cursor.value_or("");
  }
  std::reverse(made.begin(), made.end());
  EXPECT_EQ(met, made);
  EXPECT_EQ(pages, 3);
}

TEST_F(SessionStoreContract, TouchMovesTheEndForwardByMoreThanAMinuteOnly) {
  const Session session = open_session(ours, {});
  ASSERT_TRUE(store().touch(session.id, kNow + kDay + milliseconds(30'000)));
  EXPECT_EQ(store().find(ours, session.id).value().expires_at, kNow + kDay);
  ASSERT_TRUE(store().touch(session.id, kNow + kDay + 2 * kMinute));
  EXPECT_EQ(store().find(ours, session.id).value().expires_at, kNow + kDay + 2 * kMinute);
  ASSERT_TRUE(store().touch(session.id, kNow));
  EXPECT_EQ(store().find(ours, session.id).value().expires_at, kNow + kDay + 2 * kMinute);
  EXPECT_TRUE(store().touch(domain::SessionId::make(kNow), kNow)) << "of nobody: nothing";
}

TEST_F(SessionStoreContract, AnEditMakesTheNextVersionAndHistoryKeepsTheEarlier) {
  std::vector<Image> images;
  const Session session = open_session(ours, {"a.jpg"}, &images);
  const auto first = store().change_metadata(ours, session.id, {change(images[0], "one", 0)}, kNow).value();
  EXPECT_EQ(first.at(0).metadata->version, 1);
  EXPECT_EQ(first.at(0).metadata->edited_at, kNow);
  EXPECT_EQ(first.at(0).state(), "uploaded") << "words by hand are no analysis";
  const auto second = store().change_metadata(ours, session.id, {change(images[0], "two", 1)}, kNow + kMinute).value();
  EXPECT_EQ(second.at(0).metadata->version, 2);
  const auto versions = store().metadata_versions(ours, session.id, images[0].id).value();
  ASSERT_EQ(versions.size(), 2U);
  EXPECT_EQ(versions[0].metadata.alt, "one");
  EXPECT_EQ(versions[0].version, 1);
  EXPECT_EQ(versions[0].changed_by, "key_test");
  EXPECT_EQ(versions[1].metadata.alt, "two");
  EXPECT_EQ(versions[1].changed_at, kNow + kMinute);
}

TEST_F(SessionStoreContract, AnEditThatExpectsAnotherVersionChangesNothingOfTheWholeRequest) {
  std::vector<Image> images;
  const Session session = open_session(ours, {"a.jpg", "b.jpg"}, &images);
  ASSERT_TRUE(store().change_metadata(ours, session.id, {change(images[1], "there")}, kNow));
  for (const int expected : {0, 2}) {
    const auto refused =
        store().change_metadata(ours, session.id, {change(images[0], "x"), change(images[1], "y", expected)}, kNow);
    EXPECT_EQ(code_of(refused), ErrorCode::kMetadataChanged);
  }
  const auto missing = store().change_metadata(
      ours, session.id, {change(images[0], "x"), change(testing::image_of(session, 9), "y")}, kNow);
  EXPECT_EQ(code_of(missing), ErrorCode::kNotFound);
  EXPECT_FALSE(store().image(ours, session.id, images[0].id).value().metadata);
  EXPECT_TRUE(store().metadata_versions(ours, session.id, images[0].id).value().empty());
  EXPECT_EQ(store().image(ours, session.id, images[1].id).value().metadata->alt, "there");
}

TEST_F(SessionStoreContract, OfEditsAtTheSameTimeWithTheSameVersionOneWins) {
  std::vector<Image> images;
  const Session session = open_session(ours, {"a.jpg"}, &images);
  ASSERT_TRUE(store().change_metadata(ours, session.id, {change(images[0], "base")}, kNow));
  std::atomic<int> won = 0;
  std::vector<std::thread> editors;
  for (int editor = 0; editor < 8; ++editor) {
    editors.emplace_back([&, editor] {
      won += store()
                 .change_metadata(ours, session.id, {change(images[0], "by " + std::to_string(editor), 1)}, kNow)
                 .has_value();
    });
  }
  for (std::thread& editor : editors) {
    editor.join();
  }
  EXPECT_EQ(won, 1);
  EXPECT_EQ(store().metadata_versions(ours, session.id, images[0].id).value().size(), 2U);
}

TEST_F(SessionStoreContract, ARemovedSessionIsGoneWithAllThatHungOnIt) {
  std::vector<Image> images;
  const Session session = open_session(ours, {"a.jpg", "b.jpg"}, &images);
  ASSERT_TRUE(store().change_metadata(ours, session.id, {change(images[0], "words")}, kNow));
  const domain::Export result = exported(session, images);
  std::vector<BlobId> named = {images[0].blob,
                               images[0].thumbnail,
                               images[1].blob,
                               images[1].thumbnail,
                               result.images.at(0).variants.at(0).blob,
                               result.images.at(1).variants.at(0).blob};
  for (const BlobId& blob : named) {
    EXPECT_TRUE(store().is_blob_named(blob));
  }
  EXPECT_EQ(sorted(store().remove(ours, session.id).value()), sorted(named));
  for (const BlobId& blob : named) {
    EXPECT_FALSE(store().is_blob_named(blob));
  }
  EXPECT_EQ(code_of(store().find(ours, session.id)), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(store().image(ours, session.id, images[0].id)), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(stores.jobs.find(ours, result.job)), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(stores.jobs.find_export(ours, result.id, kNow)), ErrorCode::kNotFound);
  EXPECT_TRUE(stores.jobs.events(result.job, 0, 100).value().empty());
}

TEST_F(SessionStoreContract, ARemovedImageGivesUpItsBlobsAndItsExportStays) {
  std::vector<Image> images;
  const Session session = open_session(ours, {"a.jpg", "b.jpg"}, &images);
  const domain::Export result = exported(session, images);
  EXPECT_EQ(sorted(store().remove_image(ours, session.id, images[0].id).value()),
            sorted({images[0].blob, images[0].thumbnail}));
  EXPECT_EQ(store().images(ours, session.id).value().size(), 1U);
  EXPECT_FALSE(store().is_blob_named(images[0].blob));
  EXPECT_TRUE(store().is_blob_named(images[1].blob));
  const domain::Export still = stores.jobs.find_export(ours, result.id, kNow).value();
  EXPECT_EQ(still.images.at(0).variants.size(), 1U);
  EXPECT_TRUE(store().is_blob_named(still.images.at(0).variants.at(0).blob));
}

TEST_F(SessionStoreContract, ASessionWhoseTimeIsOverKeepsItsRowsButNamesNoFile) {
  std::vector<Image> images;
  const Session session = open_session(ours, {"a.jpg"}, &images);
  const domain::Export result = exported(session, images);
  const Session young = open_session(ours, {});
  ASSERT_TRUE(store().touch(young.id, kNow + 3 * kDay));
  EXPECT_TRUE(store().expire(kNow + kDay - kMinute).value().empty());
  EXPECT_EQ(store().find(ours, session.id).value().status, SessionStatus::kOpen);

  const std::vector<BlobId> blobs = store().expire(kNow + kDay).value();
  EXPECT_EQ(sorted(blobs), sorted({images[0].blob, images[0].thumbnail, result.images.at(0).variants.at(0).blob}));
  EXPECT_EQ(store().find(ours, session.id).value().status, SessionStatus::kExpired);
  EXPECT_EQ(store().find(ours, young.id).value().status, SessionStatus::kOpen);
  for (const BlobId& blob : blobs) {
    EXPECT_FALSE(store().is_blob_named(blob));
  }
  std::vector<Image> more = {testing::image_of(session, 0)};
  EXPECT_EQ(code_of(store().add_images(ours, session.id, more, kNow + 2 * kDay)), ErrorCode::kSessionExpired);
  EXPECT_EQ(code_of(stores.jobs.find_export(ours, result.id, kNow + kDay)), ErrorCode::kSessionExpired);
  EXPECT_EQ(code_of(stores.jobs.find_export(theirs, result.id, kNow + kDay)), ErrorCode::kNotFound);
  EXPECT_TRUE(store().expire(kNow + kDay).value().empty()) << "once";
}

TEST_F(SessionStoreContract, ASessionAtWorkDoesNotExpire) {
  std::vector<Image> images;
  const Session session = open_session(ours, {"a.jpg"}, &images);
  ASSERT_TRUE(stores.jobs.create(testing::job_of(session, images), std::nullopt, {}));
  EXPECT_TRUE(store().expire(kNow + 2 * kDay).value().empty());
  const auto lease = stores.jobs.lease_next(kNow, kMinute).value();
  ASSERT_TRUE(stores.jobs.finish(*lease, testing::words_outcome("a fox"), &testing::problem_of, kNow));
  EXPECT_EQ(store().expire(kNow + 2 * kDay).value().size(), 2U);
}

TEST_F(SessionStoreContract, ABlobOfTwoImagesIsNamedUntilBothAreGone) {
  const Session session = testing::session_of(ours);
  Image first = testing::image_of(session, 0);
  Image second = testing::image_of(session, 1);
  second.blob = first.blob;
  ASSERT_TRUE(store().create(session, {first, second}));
  ASSERT_TRUE(store().remove_image(ours, session.id, first.id));
  EXPECT_TRUE(store().is_blob_named(first.blob));
  ASSERT_TRUE(store().remove_image(ours, session.id, second.id));
  EXPECT_FALSE(store().is_blob_named(first.blob));
}

TEST_F(SessionStoreContract, AnAccountThatIsGoneGetsNoSessionAndNoResult) {
  const Session session = testing::session_of(ours);
  testing::must(stores.accounts.remove(ours, kNow));
  const Result<void> made = store().create(session, {testing::image_of(session, 0)});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kInvalidApiKey);
  EXPECT_EQ(store().find(ours, session.id).error().code, ErrorCode::kNotFound);
  domain::Job job = testing::job_of(session, {});
  domain::Export result = testing::export_of(job, {});
  result.session = {};
  EXPECT_EQ(stores.jobs.create_export(result).error().code, ErrorCode::kInvalidApiKey);
}

}  // namespace
}  // namespace pictor::storage
