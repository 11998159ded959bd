#include "service/reviews.hpp"

#include <gtest/gtest.h>
#include <thread>

#include "service/testing/fakes.hpp"

namespace pictor::service {
namespace {

using testing::House;

struct Reviewed {
  Reviewed() : view(house.upload({"My Fox.jpg", "b.jpg"})), session(view.session.id.str()) {
    house.start_analyze(view);
    house.work_all();
  }
  Result<domain::Image> patch(const char* json, const std::optional<std::string>& if_match = std::nullopt) {
    return house.reviews.patch(house.who, session, view.images[0].id.str(), parse_json(json).value(), if_match);
  }
  House house;
  SessionView view;
  std::string session;
};

TEST(Reviews, APatchIsMergedAndCountsAVersion) {
  Reviewed it;
  const auto changed = it.patch(R"({"title":"A fox","caption":null})");
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->metadata->title, "A fox");
  EXPECT_EQ(changed->metadata->alt, "A picture 2000 wide");
  EXPECT_EQ(changed->metadata->version, 2);
  EXPECT_EQ(changed->metadata->source, "edited");
  const auto versions = it.house.reviews.versions(it.house.who, it.session, it.view.images[0].id.str());
  ASSERT_TRUE(versions);
  ASSERT_EQ(versions->size(), 2U);
  EXPECT_EQ(versions->at(0).changed_by, "analyze");
  EXPECT_EQ(versions->at(1).changed_by, it.house.who.key.str());
}

TEST(Reviews, IfMatchHoldsForTheVersionThatWasRead) {
  Reviewed it;
  const auto first = it.patch(R"({"title":"one"})");
  ASSERT_TRUE(first);
  const std::string etag = domain::metadata_etag(*first);
  ASSERT_TRUE(it.patch(R"({"title":"two"})", "\"other\", " + etag));
  EXPECT_EQ(it.patch(R"({"title":"three"})", etag).error().code, ErrorCode::kMetadataChanged);
  EXPECT_EQ(it.patch(R"({"title":"three"})", "W/" + etag).error().code, ErrorCode::kMetadataChanged);
  EXPECT_TRUE(it.patch(R"({"title":"three"})", "*"));
}

TEST(Reviews, AnImageWithoutWordsGetsThemFromThePatch) {
  House house;
  const auto view = house.sessions.create(house.who, {house.incoming("My Fox.jpg", "IMG 10x10 copyright")}).value();
  const std::string session = view.session.id.str();
  const std::string image = view.images[0].id.str();
  EXPECT_EQ(house.reviews.patch(house.who, session, image, {{"alt", "x"}}, "*").error().code,
            ErrorCode::kMetadataChanged);
  const auto changed = house.reviews.patch(house.who, session, image, {{"alt", "A fox"}}, std::nullopt);
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->metadata->alt, "A fox");
  EXPECT_EQ(changed->metadata->version, 1);
  EXPECT_EQ(changed->metadata->filename, "my-fox");
  EXPECT_EQ(changed->metadata->copyright, "(c) the upload");
}

TEST(Reviews, UnknownFieldsAndBadValuesAreNamed) {
  Reviewed it;
  EXPECT_EQ(it.patch(R"({"titel":"x"})").error().code, ErrorCode::kUnknownField);
  EXPECT_EQ(it.patch(R"({"filename":"../x"})").error().fields.at(0).pointer, "/filename");
  EXPECT_EQ(it.patch("[]").error().code, ErrorCode::kInvalidField);
}

TEST(Reviews, ManyAreChangedAllOrNone) {
  Reviewed it;
  const std::string first = it.view.images[0].id.str();
  const auto refused =
      it.house.reviews.put(it.house.who, it.session,
                           {{first, {{"title", "new"}}, std::nullopt, "/data/0"},
                            {"img_nowhere", {{"title", "x"}}, std::nullopt, "/data/1"},
                            {first, {{"title", "again"}}, std::nullopt, "/data/2"},
                            {it.view.images[1].id.str(), {{"altRole", "loud"}}, std::nullopt, "/data/3"}});
  ASSERT_FALSE(refused);
  std::vector<std::string> pointers;
  for (const FieldError& field : refused.error().fields) {
    pointers.push_back(field.pointer);
  }
  EXPECT_EQ(pointers, (std::vector<std::string>{"/data/1/imageId", "/data/2/imageId", "/data/3/metadata/altRole"}));
  EXPECT_EQ(it.house.reviews.all(it.house.who, it.session, std::nullopt)->at(0).metadata->title, "");
}

TEST(Reviews, WhatWasReadCanBePutBackAndChangesNothing) {
  Reviewed it;
  const auto images = it.house.reviews.all(it.house.who, it.session, std::nullopt).value();
  std::vector<Reviews::Row> rows;
  for (const domain::Image& image : images) {
    rows.push_back({image.id.str(), domain::to_api_json(*image.metadata), std::nullopt, "/data"});
  }
  rows[1].patch["title"] = "Second";
  const auto put = it.house.reviews.put(it.house.who, it.session, rows);
  ASSERT_TRUE(put) << put.error().public_message;
  EXPECT_EQ(put->at(0).metadata->version, 1);
  EXPECT_EQ(put->at(1).metadata->version, 2);
}

TEST(Reviews, ARowOfAnEarlierVersionIsRefused) {
  Reviewed it;
  ASSERT_TRUE(it.patch(R"({"title":"newer"})"));
  const auto put =
      it.house.reviews.put(it.house.who, it.session, {{it.view.images[0].id.str(), {{"title", "x"}}, 1, "row 2"}});
  EXPECT_EQ(put.error().code, ErrorCode::kMetadataChanged);
}

TEST(Reviews, AnEarlierVersionComesBackAsANewOne) {
  Reviewed it;
  ASSERT_TRUE(it.patch(R"({"alt":"Changed"})"));
  const auto restored = it.house.reviews.restore(it.house.who, it.session, it.view.images[0].id.str(), 1);
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->metadata->alt, "A picture 2000 wide");
  EXPECT_EQ(restored->metadata->version, 3);
  EXPECT_FALSE(it.house.reviews.restore(it.house.who, it.session, it.view.images[0].id.str(), 9));
}

TEST(Reviews, EditsAtOnceWithoutIfMatchAllHappen) {
  Reviewed it;
  constexpr int kThreads = 4;
  constexpr int kEdits = 10;
  std::vector<std::jthread> crew;
  std::atomic<int> failed{0};
  for (int thread = 0; thread < kThreads; ++thread) {
    crew.emplace_back([&, thread] {
      for (int edit = 0; edit < kEdits; ++edit) {
        const std::string title = std::to_string(thread) + "/" + std::to_string(edit);
        failed += it.patch((R"({"title":")" + title + "\"}").c_str()).has_value() ? 0 : 1;
      }
    });
  }
  crew.clear();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(it.house.sessions.image(it.house.who, it.session, it.view.images[0].id.str())->metadata->version,
            1 + kThreads * kEdits);
}

}  // namespace
}  // namespace pictor::service
