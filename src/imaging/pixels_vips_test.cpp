#include "imaging/pixels_vips.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "imaging/testing/pictures.hpp"

namespace pictor::imaging {
namespace {

class PixelsAndVips : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { testing::start_once(); }
  static Pixels pattern(int bands, int bits, int frames = 1) {
    Pixels pixels{.width = 7, .height = 5, .bands = bands, .bits = bits, .frames = frames};
    pixels.bytes.resize(pixels.frame_bytes() * static_cast<std::size_t>(frames));
    for (std::size_t i = 0; i < pixels.bytes.size(); ++i) {
      pixels.bytes[i] = static_cast<std::uint8_t>(i * 37 + 11);
    }
    return pixels;
  }
};

TEST_F(PixelsAndVips, EverySampleSurvivesBothWays) {
  for (const int bands : {1, 2, 3, 4}) {
    for (const int bits : {8, 16}) {
      Pixels pixels = pattern(bands, bits);
      pixels.icc = {1, 2, 3};
      const Pixels back = pixels_of(vips_of(pixels));
      EXPECT_EQ(back.bytes, pixels.bytes) << bands << " bands, " << bits << " bits";
      EXPECT_EQ(back.bands, bands);
      EXPECT_EQ(back.bits, bits);
      EXPECT_EQ(back.icc, pixels.icc);
    }
  }
}

TEST_F(PixelsAndVips, AnAnimationKeepsItsFramesAndTiming) {
  Pixels pixels = pattern(4, 8, 3);
  pixels.delays = {40, 50, 60};
  pixels.loop = 2;
  const Pixels back = pixels_of(vips_of(pixels), 3);
  EXPECT_EQ(back.bytes, pixels.bytes);
  EXPECT_EQ(back.height, 5);
  EXPECT_EQ(back.delays, pixels.delays);
  EXPECT_EQ(back.loop, 2);
  EXPECT_TRUE(std::equal(back.frame(1).begin(), back.frame(1).end(), pixels.frame(1).begin()));
}

TEST_F(PixelsAndVips, FloatsBecomeEightBits) {
  const vips::VImage grey =
      (vips::VImage::black(4, 4) + 128.4).copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_B_W));
  const Pixels pixels = pixels_of(grey);
  EXPECT_EQ(pixels.bits, 8);
  EXPECT_EQ(pixels.bytes.at(5), 128);
}

}  // namespace
}  // namespace pictor::imaging
