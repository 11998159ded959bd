#include "imaging/encode/gif_codec.hpp"

#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>
#include <random>

#include "imaging/testing/pictures.hpp"

namespace pictor::imaging {
namespace {

class Gif : public ::testing::Test {
 protected:
  void SetUp() override { testing::start_once(); }
};

/// A white square that walks over blue, one step a frame.
Pixels walking(int frames, int bands) {
  Pixels pixels;
  pixels.width = 60;
  pixels.height = 40;
  pixels.bands = bands;
  pixels.frames = frames;
  for (int frame = 0; frame < frames; ++frame) {
    pixels.delays.push_back(30 + frame * 10);
    for (int y = 0; y < pixels.height; ++y) {
      for (int x = 0; x < pixels.width; ++x) {
        const bool inside = x >= frame * 8 && x < frame * 8 + 10 && y >= 10 && y < 20;
        pixels.bytes.insert(pixels.bytes.end(), {inside ? std::uint8_t{255} : std::uint8_t{20},
                                                 inside ? std::uint8_t{255} : std::uint8_t{40}, 255});
        if (bands == 4) {
          pixels.bytes.push_back(y < 5 ? 0 : 255);
        }
      }
    }
  }
  return pixels;
}

TEST_F(Gif, KeepsFramesTheirTimesAndTheLoop) {
  for (const int bands : {3, 4}) {
    Pixels pixels = walking(5, bands);
    pixels.loop = 3;
    const Result<Encoded> encoded = encode_gif(pixels, {.content = Content::kDrawing});
    ASSERT_TRUE(encoded);
    const Result<Pixels> back = decode_gif(encoded->bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->frames, 5);
    EXPECT_EQ(back->width, 60);
    EXPECT_EQ(back->height, 40);
    EXPECT_EQ(back->delays, pixels.delays);
    EXPECT_EQ(back->loop, 3);
    // The square is where it was in each frame.
    for (int frame = 0; frame < 5; ++frame) {
      const std::size_t at =
          (15U * 60U + static_cast<std::size_t>(frame) * 8U + 4U) * static_cast<std::size_t>(back->bands);
      EXPECT_GT(back->frame(frame)[at], 240) << frame;
    }
    if (bands == 4) {
      ASSERT_TRUE(back->has_alpha());
      EXPECT_EQ(back->frame(0)[3], 0);
    }
  }
}

TEST_F(Gif, FewColoursComeBackUnchangedWhenLossless) {
  const Pixels pixels = walking(3, 3);
  const Result<Pixels> back = decode_gif(encode_gif(pixels, {.lossless = true})->bytes);
  ASSERT_TRUE(back);
  ASSERT_GE(back->bands, 3);
  int worst = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(60 * 40 * 3); ++i) {
    for (std::size_t band = 0; band < 3; ++band) {
      worst = std::max(
          worst, std::abs(pixels.bytes[i * 3 + band] - back->bytes[i * static_cast<std::size_t>(back->bands) + band]));
    }
  }
  EXPECT_LE(worst, 1);
}

TEST_F(Gif, StillPicturesOfEveryKind) {
  for (const int bits : {8, 16}) {
    for (const int bands : {1, 2, 3, 4}) {
      Pixels pixels;
      pixels.width = 33;
      pixels.height = 21;
      pixels.bands = bands;
      pixels.bits = bits;
      pixels.bytes.resize(pixels.frame_bytes());
      for (std::size_t i = 0; i < pixels.bytes.size(); ++i) {
        pixels.bytes[i] = static_cast<std::uint8_t>(i * 3);
      }
      const Result<Encoded> encoded = encode_gif(pixels, {});
      ASSERT_TRUE(encoded) << encoded.error().private_message;
      const Result<Pixels> back = decode_gif(encoded->bytes);
      ASSERT_TRUE(back);
      EXPECT_EQ(back->width, 33);
      EXPECT_EQ(back->frames, 1);
    }
  }
}

TEST_F(Gif, LowerQualityIsSmallerWhenItMoves) {
  Pixels pixels = walking(6, 3);
  std::mt19937 random(1);
  for (std::size_t i = 0; i < pixels.bytes.size(); ++i) {
    pixels.bytes[i] =
        static_cast<std::uint8_t>(std::clamp(pixels.bytes[i] + static_cast<int>(random() % 9) - 4, 0, 255));
  }
  const std::size_t high = encode_gif(pixels, {.quality = 100})->bytes.size();
  const std::size_t low = encode_gif(pixels, {.quality = 30})->bytes.size();
  EXPECT_LT(low, high);
}

TEST_F(Gif, RefusesSidesThatTheFormatHasNot) {
  Pixels pixels;
  pixels.width = 1;
  pixels.height = 65'536;
  pixels.bytes.resize(pixels.frame_bytes());
  const Result<Encoded> encoded = encode_gif(pixels, {});
  ASSERT_FALSE(encoded);
  EXPECT_EQ(encoded.error().code, ErrorCode::kFormatLimit);
  EXPECT_FALSE(encode_gif(Pixels{}, {}));
  EXPECT_FALSE(decode_gif({}));
}

}  // namespace
}  // namespace pictor::imaging
