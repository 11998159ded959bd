#include "imaging/encode/jpeg_codec.hpp"

#include <gtest/gtest.h>

#include "imaging/encode/samples.hpp"
#include "imaging/testing/made_pixels.hpp"

namespace pictor::imaging {
namespace {

using testing::made_pixels;
using testing::psnr;

std::size_t bytes_of(const Pixels& pixels, const EncodeSettings& settings) {
  const Result<Encoded> encoded = encode_jpeg(pixels, settings);
  EXPECT_TRUE(encoded);
  return encoded ? encoded->bytes.size() : 0;
}

/// Sampling factors of the first component, from the frame header (SOF).
int luma_sampling(const std::vector<std::uint8_t>& file) {
  for (std::size_t i = 2; i + 11 < file.size();) {
    if (file[i + 1] == 0xC0 || file[i + 1] == 0xC1 || file[i + 1] == 0xC2) {
      return file[i + 11];
    }
    i += 2U + (static_cast<std::size_t>(file[i + 2]) << 8U) + file[i + 3];
  }
  return 0;
}

TEST(JpegCodec, ColourComesBackNearlyAsItWas) {
  const Pixels pixels = made_pixels(317, 203);
  const Result<Encoded> encoded = encode_jpeg(pixels, {.quality = 95, .chroma = Chroma::k444});
  ASSERT_TRUE(encoded);
  const Result<Pixels> back = decode_jpeg(encoded->bytes);
  ASSERT_TRUE(back);
  EXPECT_GT(psnr(pixels, *back), 40);
  EXPECT_EQ(encoded->encoder, "jpegli 0.12 4:4:4 progressive");
}

TEST(JpegCodec, GreyStaysGrey) {
  const Pixels pixels = made_pixels(64, 48, 1);
  const Result<Pixels> back = decode_jpeg(encode_jpeg(pixels, {.quality = 95})->bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->bands, 1);
  EXPECT_GT(psnr(pixels, *back), 38);
}

TEST(JpegCodec, AlphaIsLaidOverWhite) {
  const Pixels pixels = made_pixels(64, 48, 4);
  const Result<Pixels> back = decode_jpeg(encode_jpeg(pixels, {.quality = 97, .chroma = Chroma::k444})->bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->bands, 3);
  EXPECT_GT(psnr(over_white(pixels), *back), 38);
}

TEST(JpegCodec, SixteenBitsGoInWithoutRoundingFirst) {
  const Pixels pixels = made_pixels(96, 96, 3, 16);
  const Result<Pixels> back = decode_jpeg(encode_jpeg(pixels, {.quality = 97, .chroma = Chroma::k444})->bytes);
  ASSERT_TRUE(back);
  EXPECT_GT(psnr(pixels, *back), 40);
}

TEST(JpegCodec, OnePixelAndAVeryTallOne) {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 20'000}, {20'000, 1}}) {
    const Pixels pixels = made_pixels(width, height);
    const Result<Encoded> encoded = encode_jpeg(pixels, {});
    ASSERT_TRUE(encoded) << width << " × " << height;
    const Result<Pixels> back = decode_jpeg(encoded->bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->width, width);
    EXPECT_EQ(back->height, height);
  }
}

TEST(JpegCodec, ASideOverTheLimitIsRefusedWithTheLimitNamed) {
  const Result<Encoded> encoded = encode_jpeg(made_pixels(65'501, 1, 1), {});
  ASSERT_FALSE(encoded);
  EXPECT_EQ(encoded.error().code, ErrorCode::kFormatLimit);
  EXPECT_NE(encoded.error().public_message.find("65500"), std::string::npos);
  EXPECT_TRUE(encode_jpeg(made_pixels(65'500, 1, 1), {}));
}

TEST(JpegCodec, TheProfileIsKept) {
  Pixels pixels = made_pixels(16, 16);
  pixels.icc.assign(70'000, 0x5A);  // more than one marker holds
  const Result<Pixels> back = decode_jpeg(encode_jpeg(pixels, {})->bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->icc, pixels.icc);
}

TEST(JpegCodec, FractionsOfQualityCountAndBytesNeverFall) {
  const Pixels pixels = made_pixels(256, 192);
  std::size_t before = 0;
  for (double quality = 5; quality <= 99; quality += 2) {
    const std::size_t now = bytes_of(pixels, {.quality = quality});
    EXPECT_GE(now, before) << quality;
    before = now;
  }
  EXPECT_LT(bytes_of(pixels, {.quality = 80}), bytes_of(pixels, {.quality = 80.5}));
  EXPECT_LT(bytes_of(pixels, {.quality = 80.5}), bytes_of(pixels, {.quality = 81}));
}

TEST(JpegCodec, ChromaIsAsAskedFor) {
  const Pixels pixels = made_pixels(64, 64);
  EXPECT_EQ(luma_sampling(encode_jpeg(pixels, {.chroma = Chroma::k420})->bytes), 0x22);
  EXPECT_EQ(luma_sampling(encode_jpeg(pixels, {.chroma = Chroma::k444})->bytes), 0x11);
}

TEST(JpegCodec, MoreEffortIsNeverMoreBytesAndTheSamePixels) {
  const Pixels pixels = made_pixels(400, 300);
  std::size_t before = SIZE_MAX;
  for (int effort = 0; effort <= 9; ++effort) {
    const std::size_t now = bytes_of(pixels, {.quality = 75, .effort = effort});
    EXPECT_LE(now, before + before / 200) << effort;
    before = now;
  }
}

TEST(JpegCodec, OfAnAnimationTheFirstFrameIsTaken) {
  const Pixels frames = made_pixels(40, 30, 3, 8, 3);
  const Result<Pixels> back = decode_jpeg(encode_jpeg(frames, {})->bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->height, 30);
}

TEST(JpegCodec, WhatIsNoJpegIsUnreadableAndNothingLeaks) {
  const std::vector<std::uint8_t> rubbish(100, 7);
  const Result<Pixels> back = decode_jpeg(rubbish);
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().code, ErrorCode::kImageUnreadable);
  std::vector<std::uint8_t> broken = encode_jpeg(made_pixels(64, 64), {})->bytes;
  broken.resize(40);  // within the tables: the library leaves by longjmp
  EXPECT_FALSE(decode_jpeg(broken));
}

}  // namespace
}  // namespace pictor::imaging
