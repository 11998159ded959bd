#include "vision/looker.hpp"

#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vision/models/test_picture.hpp"

namespace pictor::vision {
namespace {

const Looker& looker() {
  static const Result<std::unique_ptr<const Looker>> kLooker = Looker::load();
  return *kLooker.value();
}

std::ptrdiff_t thread_count() {
  const std::filesystem::directory_iterator threads("/proc/self/task");
  return std::distance(begin(threads), end(threads));
}

TEST(Looker, SaysWhatIsMissing) {
  const auto looker = Looker::load({.models = "/nonexistent", .library = {}});
  ASSERT_FALSE(looker);
  EXPECT_EQ(looker.error().code, ErrorCode::kInternal);
  EXPECT_NE(looker.error().private_message.find("/nonexistent"), std::string::npos);
  EXPECT_EQ(looker.error().public_message.find("/nonexistent"), std::string::npos);
  EXPECT_FALSE(Looker::load({.models = {}, .library = "/nonexistent.so"}));
}

TEST(Looker, RefusesPixelsThatAreNotThere) {
  const std::vector<std::uint8_t> bytes(10);
  const auto facts = looker().look({.width = 100, .height = 100, .stride = 300, .rgb = bytes});
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code, ErrorCode::kImageUnreadable);
}

TEST(Looker, FillsEveryFactOfAPicture) {
  const Picture picture = test_picture(640, 480);
  Pixels pixels = picture.pixels();
  pixels.original_width = 4'000;
  pixels.original_height = 3'000;
  pixels.has_alpha = true;
  const auto facts = looker().look(pixels);
  ASSERT_TRUE(facts) << facts.error().private_message;
  EXPECT_EQ(facts->width, 4'000);
  EXPECT_EQ(facts->height, 3'000);
  EXPECT_EQ(facts->orientation, "landscape");
  EXPECT_TRUE(facts->has_alpha);
  EXPECT_FALSE(facts->is_blank);
  EXPECT_FALSE(facts->colours.empty());
  EXPECT_EQ(facts->blurhash.size(), 28U);
  EXPECT_GE(facts->nsfw, 0);
  EXPECT_LE(facts->nsfw, 1);
  EXPECT_EQ(facts->model, Looker::model_name());
}

TEST(Looker, ClaimsNothingOfABlankPicture) {
  const Picture picture{80, 200, std::vector<std::uint8_t>(80 * 200 * 3, 255)};
  const auto facts = looker().look(picture.pixels());
  ASSERT_TRUE(facts) << facts.error().private_message;
  EXPECT_TRUE(facts->is_blank);
  EXPECT_TRUE(facts->subject.label.empty());
  EXPECT_TRUE(facts->objects.empty());
  EXPECT_TRUE(facts->text.empty());
  EXPECT_EQ(facts->orientation, "portrait");
  ASSERT_EQ(facts->colours.size(), 1U);
  EXPECT_EQ(facts->colours[0].name, "white");
}

TEST(Looker, LooksAtOnePixelAndAtThinStrips) {
  for (const auto& [width, height] : {std::pair{1, 1}, {2'000, 1}, {1, 2'000}, {3, 700}}) {
    const Picture picture = test_picture(width, height);
    EXPECT_TRUE(looker().look(picture.pixels())) << width << 'x' << height;
  }
}

TEST(Looker, SaysTheSameTwice) {
  const Picture picture = test_picture(500, 400);
  EXPECT_EQ(domain::to_json(looker().look(picture.pixels()).value()).dump(),
            domain::to_json(looker().look(picture.pixels()).value()).dump());
}

TEST(Looker, StartsNoThread) {
  const std::ptrdiff_t before = thread_count();
  const Picture picture = test_picture(200, 200);
  ASSERT_TRUE(looker().look(picture.pixels()));
  EXPECT_EQ(thread_count(), before);
  EXPECT_EQ(thread_count(), 1);
}

TEST(Looker, LooksInAForkedChildThatMayOpenNothing) {
  const Picture picture = test_picture(300, 200);
  (void)looker();
  const pid_t child = fork();
  if (child == 0) {
    const rlimit none{0, 0};
    setrlimit(RLIMIT_NOFILE, &none);
    setrlimit(RLIMIT_NPROC, &none);
    _exit(looker().look(picture.pixels()) ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace pictor::vision
