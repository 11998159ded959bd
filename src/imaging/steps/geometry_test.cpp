#include "imaging/steps/geometry.hpp"

#include <gtest/gtest.h>

namespace pictor::imaging {
namespace {

using domain::Fit;
using domain::Gravity;
using domain::Resize;

struct Case {
  const char* name;
  Resize resize;
  int width, height;  ///< expected, of a 400 × 200 picture
};

TEST(Geometry, FitsAsSharpDoes) {
  const std::vector<Case> cases = {
      {"width alone", {.width = 100}, 100, 50},
      {"height alone", {.height = 100}, 200, 100},
      {"inside", {.width = 100, .height = 100, .fit = Fit::kInside}, 100, 50},
      {"outside", {.width = 100, .height = 100, .fit = Fit::kOutside}, 200, 100},
      {"cover", {.width = 100, .height = 100, .fit = Fit::kCover}, 100, 100},
      {"contain", {.width = 100, .height = 100, .fit = Fit::kContain}, 100, 100},
      {"fill", {.width = 100, .height = 100, .fit = Fit::kFill}, 100, 100},
      {"never enlarged", {.width = 800, .height = 800, .fit = Fit::kInside}, 400, 200},
      {"enlarged when asked", {.width = 800, .height = 800, .fit = Fit::kInside, .enlarge = true}, 800, 400},
      {"cover of more than there is", {.width = 300, .height = 300, .fit = Fit::kCover}, 300, 200},
  };
  for (const Case& row : cases) {
    const Geometry geometry = geometry_of(400, 200, row.resize);
    EXPECT_EQ(geometry.width, row.width) << row.name;
    EXPECT_EQ(geometry.height, row.height) << row.name;
  }
}

TEST(Geometry, GravitySaysWhichPartStays) {
  const auto left_of = [](Gravity gravity) {
    return geometry_of(400, 200, Resize{.width = 100, .height = 100, .fit = Fit::kCover, .gravity = gravity}).left;
  };
  EXPECT_EQ(left_of(Gravity::kWest), 0);
  EXPECT_EQ(left_of(Gravity::kCentre), 50);
  EXPECT_EQ(left_of(Gravity::kEast), 100);
}

TEST(Geometry, NothingBecomesSmallerThanOnePixel) {
  const Geometry geometry = geometry_of(20'000, 1, Resize{.width = 10});
  EXPECT_EQ(geometry.width, 10);
  EXPECT_EQ(geometry.height, 1);
}

TEST(Geometry, ANarrowedCoverStaysWithinItsScaledPicture) {
  for (int target = 1; target < 100; ++target) {
    const Geometry full =
        geometry_of(397, 211, Resize{.width = 101, .height = 97, .fit = Fit::kCover, .gravity = Gravity::kSouthEast});
    const Geometry narrow = narrowed(full, target);
    EXPECT_EQ(narrow.width, std::min(target, full.width));
    EXPECT_LE(narrow.left + narrow.width, narrow.scaled_width) << target;
    EXPECT_LE(narrow.top + narrow.height, narrow.scaled_height) << target;
  }
}

}  // namespace
}  // namespace pictor::imaging
