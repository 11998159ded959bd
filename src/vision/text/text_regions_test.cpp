#include "vision/text/text_regions.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace pictor::vision {
namespace {

TextMap empty_map(int width, int height) {
  return {width, height, std::vector<float>(static_cast<std::size_t>(width * height), 0.0F)};
}

void fill(TextMap& map, int left, int top, int width, int height, float value) {
  for (int y = top; y < top + height; ++y) {
    for (int x = left; x < left + width; ++x) {
      map.values[static_cast<std::size_t>(y * map.width + x)] = value;
    }
  }
}

TEST(TextRegions, GrowTheShrunkenKernelOfALine) {
  TextMap map = empty_map(320, 160);
  fill(map, 100, 60, 100, 20, 0.9F);
  const std::vector<TextRegion> regions = find_text_regions(map);
  ASSERT_EQ(regions.size(), 1U);
  EXPECT_NEAR(regions[0].score, 0.9, 1e-5);
  // 100 × 20 grows by 2000 · 1.6 / 240 = 13.3 px on every side.
  EXPECT_NEAR(regions[0].corners[0].x, (100 - 13.33) / 320, 1e-3);
  EXPECT_NEAR(regions[0].corners[0].y, (60 - 13.33) / 160, 1e-3);
  EXPECT_NEAR(regions[0].corners[2].x, (200 + 13.33) / 320, 1e-3);
  EXPECT_NEAR(regions[0].corners[2].y, (80 + 13.33) / 160, 1e-3);
}

TEST(TextRegions, LeaveOutWhatIsFaintOrTiny) {
  TextMap map = empty_map(320, 160);
  fill(map, 10, 10, 60, 12, 0.45F);  // above the pixel threshold, below a line's
  fill(map, 200, 10, 40, 2, 0.95F);  // two pixels high
  EXPECT_TRUE(find_text_regions(map).empty());
}

TEST(TextRegions, ComeInReadingOrder) {
  TextMap map = empty_map(320, 160);
  fill(map, 180, 20, 60, 12, 0.9F);  // first row, right, a little higher than the left one
  fill(map, 20, 23, 60, 12, 0.9F);
  fill(map, 20, 90, 60, 12, 0.9F);
  const std::vector<TextRegion> regions = find_text_regions(map);
  ASSERT_EQ(regions.size(), 3U);
  EXPECT_LT(regions[0].corners[0].x, 0.1);
  EXPECT_LT(regions[0].corners[0].y, 0.2);
  EXPECT_GT(regions[1].corners[0].x, 0.4);
  EXPECT_GT(regions[2].corners[0].y, 0.4);
}

TEST(SmallestRectangle, FollowsTheSlope) {
  // A 40 × 10 rectangle turned by 30°.
  std::vector<Point> points;
  const double cosine = std::cos(0.5236), sine = std::sin(0.5236);
  for (int u = 0; u <= 40; ++u) {
    for (int v = 0; v <= 10; ++v) {
      points.push_back({100 + u * cosine - v * sine, 100 + u * sine + v * cosine});
    }
  }
  const std::array<Point, 4> corners = smallest_rectangle(points);
  EXPECT_NEAR(std::hypot(corners[1].x - corners[0].x, corners[1].y - corners[0].y), 40, 0.1);
  EXPECT_NEAR(std::hypot(corners[3].x - corners[0].x, corners[3].y - corners[0].y), 10, 0.1);
  EXPECT_NEAR(corners[0].x, 100, 0.1);
  EXPECT_NEAR(corners[0].y, 100, 0.1);
}

TEST(SmallestRectangle, OfOnePointIsThatPoint) {
  EXPECT_DOUBLE_EQ(smallest_rectangle({{3, 4}})[2].y, 4);
  EXPECT_DOUBLE_EQ(smallest_rectangle({})[0].x, 0);
}

}  // namespace
}  // namespace pictor::vision
