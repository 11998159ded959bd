#include "imaging/encode/webp_codec.hpp"

#include <gtest/gtest.h>

#include "imaging/encode/samples.hpp"
#include "imaging/testing/made_pixels.hpp"

namespace pictor::imaging {
namespace {

using testing::made_pixels;
using testing::psnr;

std::size_t bytes_of(const Pixels& pixels, const EncodeSettings& settings) {
  const Result<Encoded> encoded = encode_webp(pixels, settings);
  EXPECT_TRUE(encoded);
  return encoded ? encoded->bytes.size() : 0;
}

/// Four flat colours, as a drawing has.
Pixels drawing(int width, int height) {
  Pixels pixels = made_pixels(width, height);
  for (std::size_t i = 0; i < pixels.bytes.size(); ++i) {
    const std::size_t x = i / 3 % static_cast<std::size_t>(width);
    const std::size_t y = i / 3 / static_cast<std::size_t>(width);
    pixels.bytes[i] = static_cast<std::uint8_t>((x / 20 + y / 20) % 4 * 60 + i % 3 * 20);
  }
  return pixels;
}

TEST(WebpCodec, ColourComesBackNearlyAsItWas) {
  const Pixels pixels = made_pixels(317, 203);
  const Result<Encoded> encoded = encode_webp(pixels, {.quality = 97});
  ASSERT_TRUE(encoded);
  const Result<Pixels> back = decode_webp(encoded->bytes);
  ASSERT_TRUE(back);
  EXPECT_GT(psnr(pixels, *back), 36);
  EXPECT_TRUE(encoded->encoder.starts_with("libwebp 1.")) << encoded->encoder;
}

TEST(WebpCodec, LosslessKeepsEveryVisiblePixel) {
  Pixels pixels = made_pixels(120, 90, 4);
  const Result<Pixels> back = decode_webp(encode_webp(pixels, {.lossless = true})->bytes);
  ASSERT_TRUE(back);
  for (std::size_t i = 0; i < pixels.bytes.size(); i += 4) {
    ASSERT_EQ(pixels.bytes[i + 3], back->bytes[i + 3]);
    if (pixels.bytes[i + 3] != 0) {
      ASSERT_EQ(pixels.bytes[i], back->bytes[i]);
      ASSERT_EQ(pixels.bytes[i + 1], back->bytes[i + 1]);
      ASSERT_EQ(pixels.bytes[i + 2], back->bytes[i + 2]);
    }
  }
}

TEST(WebpCodec, GreyAndSixteenBitsGoIn) {
  const Pixels grey = made_pixels(64, 48, 1);
  const Result<Pixels> back = decode_webp(encode_webp(grey, {.lossless = true})->bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->bytes, in_colour(grey).bytes);
  const Pixels deep = made_pixels(64, 48, 3, 16);
  EXPECT_GT(psnr(deep, *decode_webp(encode_webp(deep, {.lossless = true})->bytes)), 55);
}

TEST(WebpCodec, OnePixelAndTheLongestSide) {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 16'383}, {16'383, 1}}) {
    const Result<Encoded> encoded = encode_webp(made_pixels(width, height), {});
    ASSERT_TRUE(encoded) << width << " × " << height;
    EXPECT_EQ(decode_webp(encoded->bytes)->height, height);
  }
  const Result<Encoded> refused = encode_webp(made_pixels(1, 16'384), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kFormatLimit);
  EXPECT_NE(refused.error().public_message.find("16383"), std::string::npos);
}

TEST(WebpCodec, TheProfileIsKept) {
  Pixels pixels = made_pixels(16, 16, 4);
  pixels.icc.assign(5'001, 0x5A);
  for (const bool lossless : {false, true}) {
    const Result<Pixels> back = decode_webp(encode_webp(pixels, {.lossless = lossless})->bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->icc, pixels.icc);
    EXPECT_EQ(back->bands, 4);
  }
}

TEST(WebpCodec, BytesGrowWithQualityAndFractionsCount) {
  const Pixels pixels = made_pixels(256, 192);
  std::size_t before = 0;
  for (double quality = 5; quality <= 99; quality += 2) {
    const std::size_t now = bytes_of(pixels, {.quality = quality});
    EXPECT_GE(now, before) << quality;
    before = now;
  }
  EXPECT_NE(bytes_of(pixels, {.quality = 80}), bytes_of(pixels, {.quality = 80.5}));
}

TEST(WebpCodec, AlphaQualitySavesBytes) {
  const Pixels pixels = made_pixels(300, 200, 4);
  EXPECT_LE(bytes_of(pixels, {.alpha_quality = 20}), bytes_of(pixels, {.alpha_quality = 100}));
  // The alpha of the default is exact.
  const Result<Pixels> back = decode_webp(encode_webp(pixels, {})->bytes);
  for (std::size_t i = 3; i < pixels.bytes.size(); i += 4) {
    ASSERT_EQ(pixels.bytes[i], back->bytes[i]);
  }
}

TEST(WebpCodec, ADrawingIsKeptWithoutLossWhereThatIsSmaller) {
  const Pixels pixels = drawing(200, 160);
  const Result<Encoded> encoded = encode_webp(pixels, {.content = Content::kDrawing});
  ASSERT_TRUE(encoded);
  EXPECT_NE(encoded->encoder.find("lossless"), std::string::npos);
  EXPECT_EQ(decode_webp(encoded->bytes)->bytes, pixels.bytes);
  EXPECT_LT(encoded->bytes.size(), bytes_of(pixels, {.content = Content::kPhoto}));
}

TEST(WebpCodec, AnAnimationKeepsTimesLoopsAndPictures) {
  Pixels frames = made_pixels(60, 40, 4, 8, 4);
  frames.loop = 3;
  frames.icc.assign(300, 9);
  for (const bool lossless : {false, true}) {
    const Result<Encoded> encoded = encode_webp(frames, {.quality = 95, .lossless = lossless});
    ASSERT_TRUE(encoded);
    const Result<Pixels> back = decode_webp(encoded->bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->frames, 4);
    EXPECT_EQ(back->delays, frames.delays);
    EXPECT_EQ(back->loop, 3);
    EXPECT_EQ(back->icc, frames.icc);
    EXPECT_GT(psnr(over_white(frames), over_white(*back)), lossless ? 98 : 32);
  }
}

TEST(WebpCodec, WhatIsNoWebpIsUnreadable) {
  std::vector<std::uint8_t> broken = encode_webp(made_pixels(64, 64), {})->bytes;
  broken.resize(broken.size() / 2);
  for (const auto& bytes : {std::vector<std::uint8_t>(100, 7), std::vector<std::uint8_t>{}, broken}) {
    const Result<Pixels> back = decode_webp(bytes);
    ASSERT_FALSE(back);
    EXPECT_EQ(back.error().code, ErrorCode::kImageUnreadable);
  }
}

}  // namespace
}  // namespace pictor::imaging
