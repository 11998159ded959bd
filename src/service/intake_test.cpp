#include "service/intake.hpp"

#include <gtest/gtest.h>

#include "service/testing/fakes.hpp"

namespace pictor::service {
namespace {

using testing::House;

TEST(Intake, TakesAPictureWithItsThumbnail) {
  House house;
  const Result<Accepted> accepted = house.intake.accept(house.incoming("a.jpg", "IMG 640x480"));
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->image.info.width, 640);
  EXPECT_EQ(accepted->image.info.perceptual_hash, "0123456789abcdef");
  EXPECT_EQ(accepted->image.size, 11);
  EXPECT_EQ(accepted->image.original_filename, "a.jpg");
  ASSERT_TRUE(accepted->thumbnail);
  EXPECT_EQ(accepted->image.thumbnail, accepted->thumbnail->id);
}

TEST(Intake, APictureWithoutAThumbnailIsStillTaken) {
  House house;
  const Result<Accepted> accepted = house.intake.accept(house.incoming("a.jpg", "IMG 640x480 unseen"));
  ASSERT_TRUE(accepted);
  EXPECT_TRUE(accepted->image.thumbnail.empty());
}

TEST(Intake, APictureWithoutANameIsNamedByItsDigest) {
  House house;
  const Incoming incoming = house.incoming("", "IMG 640x480");
  const Result<Accepted> accepted = house.intake.accept(incoming);
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->image.original_filename, "image-" + incoming.blob->id.substr(0, 8) + ".jpg");
}

TEST(Intake, FetchesAnAddressAndTakesItsName) {
  House house;
  const Result<Accepted> accepted = house.intake.accept({"", std::nullopt, "https://good.example/x.jpg", std::nullopt});
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->image.original_filename, "from-afar.jpg");
  EXPECT_EQ(accepted->image.info.width, 320);
}

TEST(Intake, NoBytesAreNoPicture) {
  House house;
  EXPECT_EQ(house.intake.accept(house.incoming("a.jpg", "")).error().code, ErrorCode::kUnsupportedMediaType);
}

TEST(Intake, ABadFileNeverFailsTheOthers) {
  House house;
  std::vector<domain::Rejected> rejected;
  const auto accepted = house.intake.accept_all(
      {house.incoming("a.jpg", "IMG 1x1"), house.incoming("notes.txt", "hello"),
       Incoming{"", std::nullopt, "https://bad.example", std::nullopt}, house.incoming("b.jpg", "IMG 2x2"),
       Incoming{"c.jpg", std::nullopt, "", Error{ErrorCode::kPayloadTooLarge, "Too large."}}},
      rejected);
  ASSERT_TRUE(accepted);
  ASSERT_EQ(accepted->size(), 2U);
  EXPECT_EQ((*accepted)[0].image.original_filename, "a.jpg");
  EXPECT_EQ((*accepted)[1].image.original_filename, "b.jpg");
  ASSERT_EQ(rejected.size(), 3U);
  EXPECT_EQ(rejected[0].filename, "notes.txt");
  EXPECT_EQ(rejected[0].error.code, ErrorCode::kUnsupportedMediaType);
  EXPECT_EQ(rejected[1].error.code, ErrorCode::kUrlNotAllowed);
  EXPECT_EQ(rejected[2].error.code, ErrorCode::kPayloadTooLarge);
}

TEST(Intake, WhenNoneIsGoodTheFirstProblemNamesEveryFile) {
  House house;
  std::vector<domain::Rejected> rejected;
  const auto accepted =
      house.intake.accept_all({house.incoming("notes.txt", "hello"),
                               Incoming{"c.jpg", std::nullopt, "", Error{ErrorCode::kPayloadTooLarge, "Too large."}}},
                              rejected);
  ASSERT_FALSE(accepted);
  EXPECT_EQ(accepted.error().code, ErrorCode::kUnsupportedMediaType);
  ASSERT_EQ(accepted.error().fields.size(), 2U);
  EXPECT_EQ(accepted.error().fields[0].pointer, "/images/0");
  EXPECT_EQ(accepted.error().fields[0].detail, "notes.txt: This is no picture.");
  EXPECT_EQ(accepted.error().fields[1].pointer, "/images/1");
  EXPECT_EQ(accepted.error().fields[1].detail, "c.jpg: Too large.");
}

TEST(Intake, KeepsTheOrderOfManyThatRunAtOnce) {
  House house;
  std::vector<Incoming> incoming;
  for (int i = 1; i <= 40; ++i) {
    incoming.push_back(house.incoming(std::to_string(i), "IMG " + std::to_string(i) + "x1"));
  }
  std::vector<domain::Rejected> rejected;
  const auto accepted = house.intake.accept_all(incoming, rejected);
  ASSERT_TRUE(accepted);
  ASSERT_EQ(accepted->size(), 40U);
  for (int i = 1; i <= 40; ++i) {
    EXPECT_EQ((*accepted)[static_cast<std::size_t>(i - 1)].image.info.width, i);
  }
}

}  // namespace
}  // namespace pictor::service
