#include "service/sessions.hpp"

#include <gtest/gtest.h>

#include "service/testing/fakes.hpp"

namespace pictor::service {
namespace {

using testing::House;

int files_in(const House& house) {
  int count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(house.folder.path + "/files")) {
    count += entry.is_regular_file() ? 1 : 0;
  }
  return count;
}

TEST(Sessions, ANewSessionHasItsPicturesAndThoseThatWereRefused) {
  House house;
  const auto made =
      house.sessions.create(house.who, {house.incoming("a.jpg", "IMG 10x10"), house.incoming("notes.txt", "hello")});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->images.size(), 1U);
  ASSERT_EQ(made->rejected.size(), 1U);
  EXPECT_EQ(made->rejected[0].filename, "notes.txt");
  const auto found = house.sessions.find(house.who, made->session.id.str());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->images.at(0).id, made->images[0].id);
}

TEST(Sessions, NoImageAtAllIsAnInvalidFieldAndLeavesNoRow) {
  House house;
  EXPECT_EQ(house.sessions.create(house.who, {}).error().code, ErrorCode::kInvalidField);
  EXPECT_FALSE(house.sessions.create(house.who, {house.incoming("notes.txt", "hello")}));
  EXPECT_TRUE(house.sessions.list(house.who, {}).value().items.empty());
}

TEST(Sessions, AnothersIdIsAsIfItNeverWas) {
  House house;
  const SessionView view = house.upload({"a.jpg"});
  const domain::Principal stranger = house.stranger();
  const std::string id = view.session.id.str();
  const Error never = house.sessions.find(house.who, "ses_00000000000000000000000000").error();
  const Error theirs = house.sessions.find(stranger, id).error();
  EXPECT_EQ(theirs.code, ErrorCode::kNotFound);
  EXPECT_EQ(theirs.public_message, never.public_message);
  EXPECT_EQ(house.sessions.remove(stranger, id).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(house.sessions.original(stranger, id, view.images[0].id.str()).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(house.sessions.find(house.who, view.images[0].id.str()).error().code, ErrorCode::kNotFound);
}

TEST(Sessions, EveryUseMovesItsEnd) {
  House house;
  const SessionView view = house.upload({"a.jpg"});
  house.clock.advance(House::kDay - seconds(1));
  ASSERT_TRUE(house.sessions.find(house.who, view.session.id.str()));
  house.clock.advance(House::kDay - seconds(1));
  ASSERT_TRUE(house.sessions.find(house.who, view.session.id.str()));
  house.clock.advance(House::kDay);
  EXPECT_EQ(house.sessions.find(house.who, view.session.id.str()).error().code, ErrorCode::kSessionExpired);
}

TEST(Sessions, WhenASessionEndsItsFilesGoAndItsRowStays) {
  House house;
  const SessionView view = house.upload({"a.jpg"});
  EXPECT_EQ(files_in(house), 2);
  house.clock.advance(House::kDay);
  ASSERT_TRUE(house.sessions.expire());
  EXPECT_EQ(files_in(house), 0);
  EXPECT_EQ(house.sessions.find(house.who, view.session.id.str()).error().code, ErrorCode::kSessionExpired);
  const auto listed = house.sessions.list(house.who, {});
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->items.at(0).session.status, domain::SessionStatus::kExpired);
}

TEST(Sessions, DeletingRemovesEveryFileThatNoOtherSessionNames) {
  House house;
  const auto first = house.sessions.create(house.who, {house.incoming("a.jpg", "IMG 1x1")}).value();
  const auto second = house.sessions.create(house.who, {house.incoming("b.jpg", "IMG 1x1")}).value();
  EXPECT_EQ(files_in(house), 2);
  ASSERT_TRUE(house.sessions.remove(house.who, first.session.id.str()));
  EXPECT_EQ(files_in(house), 2);
  EXPECT_EQ(house.sessions.find(house.who, first.session.id.str()).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(house.sessions.original(house.who, second.session.id.str(), second.images[0].id.str()));
  ASSERT_TRUE(house.sessions.remove(house.who, second.session.id.str()));
  EXPECT_EQ(files_in(house), 0);
}

TEST(Sessions, AddedImagesComeAfterThoseThatAreThere) {
  House house;
  const SessionView view = house.upload({"a.jpg"});
  const auto added = house.sessions.add_images(house.who, view.session.id.str(), {house.incoming("b.jpg", "IMG 5x5")});
  ASSERT_TRUE(added);
  ASSERT_EQ(added->images.size(), 2U);
  EXPECT_EQ(added->images[1].original_filename, "b.jpg");
  ASSERT_TRUE(house.sessions.remove_image(house.who, view.session.id.str(), added->images[0].id.str()));
  EXPECT_EQ(house.sessions.find(house.who, view.session.id.str())->images.size(), 1U);
}

}  // namespace
}  // namespace pictor::service
