#include "vision/resample.hpp"

#include <array>
#include <gtest/gtest.h>

#include "vision/models/test_picture.hpp"

namespace pictor::vision {
namespace {

struct Expected {
  int x, y;
  std::array<float, 3> rgb;
};

/// Pillow 13 rounds to 8 bits after each direction; one step of difference is its rounding.
void expect_like_pillow(const std::vector<float>& values, int width, std::initializer_list<Expected> pixels) {
  for (const Expected& expected : pixels) {
    for (std::size_t band = 0; band < 3; ++band) {
      const std::size_t at = 3 * static_cast<std::size_t>(expected.y * width + expected.x) + band;
      EXPECT_NEAR(values[at], expected.rgb[band], 1.5F)
          << "x " << expected.x << " y " << expected.y << " band " << band;
    }
  }
}

TEST(Resample, ShrinksAsPillowDoes) {
  const Picture picture = test_picture(64, 48);
  expect_like_pillow(resample(picture.pixels(), whole(picture.pixels()), 20, 15, Filter::kBicubic), 20,
                     {{0, 0, {92, 141, 230}},
                      {7, 5, {83, 97, 121}},
                      {15, 3, {255, 202, 52}},
                      {13, 10, {177, 176, 176}},
                      {19, 14, {83, 122, 50}}});
  expect_like_pillow(
      resample(picture.pixels(), whole(picture.pixels()), 20, 15, Filter::kBilinear), 20,
      {{0, 0, {92, 141, 229}}, {7, 5, {84, 98, 123}}, {13, 10, {160, 164, 159}}, {19, 14, {82, 124, 50}}});
}

TEST(Resample, EnlargesAsPillowDoes) {
  const Picture picture = test_picture(64, 48);
  expect_like_pillow(resample(picture.pixels(), whole(picture.pixels()), 100, 90, Filter::kBicubic), 100,
                     {{0, 0, {90, 140, 230}},
                      {30, 40, {50, 35, 30}},
                      {75, 22, {250, 200, 60}},
                      {70, 70, {255, 255, 255}},
                      {99, 89, {70, 134, 62}}});
}

TEST(Resample, TakesARegionBetweenPixels) {
  const Picture picture = test_picture(64, 48);
  const std::vector<float> values = resample(picture.pixels(), {10.5, 6.25, 32, 32}, 16, 16, Filter::kBilinear);
  // Pillow cuts the box's surroundings off, we blend with them: only inner pixels are the same.
  expect_like_pillow(values, 16, {{3, 4, {66, 66, 77}}, {8, 8, {128, 168, 211}}});
}

TEST(Resample, HonoursTheStride) {
  const std::vector<std::uint8_t> bytes{10, 10, 10, 20, 20, 20, 255, 255, 30, 30, 30, 40, 40, 40};
  const Pixels pixels{.width = 2, .height = 2, .stride = 8, .rgb = bytes};
  ASSERT_TRUE(pixels.is_valid());
  const std::vector<float> mean = resample(pixels, whole(pixels), 1, 1, Filter::kBilinear);
  EXPECT_NEAR(mean[0], 25, 0.01F);
}

TEST(Pixels, AreRefusedWhenTheirBytesAreMissing) {
  const std::vector<std::uint8_t> bytes(11);
  EXPECT_FALSE((Pixels{.width = 2, .height = 2, .stride = 6, .rgb = bytes}).is_valid());
  EXPECT_FALSE((Pixels{.width = 0, .height = 2, .stride = 6, .rgb = bytes}).is_valid());
  EXPECT_FALSE((Pixels{.width = 3, .height = 1, .stride = 6, .rgb = bytes}).is_valid());
}

TEST(Pixels, HalvedAreTheMeanOfFour) {
  const Picture picture{4, 2, {0, 0, 0, 4, 4, 4, 100, 0, 0, 100, 0, 0, 8, 8, 8, 12, 12, 12, 100, 0, 0, 104, 0, 0}};
  const Picture half = halved(picture.pixels());
  EXPECT_EQ(half.width, 2);
  EXPECT_EQ(half.height, 1);
  EXPECT_EQ(half.rgb, (std::vector<std::uint8_t>{6, 6, 6, 101, 0, 0}));
}

TEST(Pixels, HalvedKeepOnePixelOfAOnePixelPicture) {
  const Picture picture{1, 1, {7, 8, 9}};
  EXPECT_EQ(halved(picture.pixels()).rgb, picture.rgb);
}

}  // namespace
}  // namespace pictor::vision
