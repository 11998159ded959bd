#include "imaging/encode/avif_codec.hpp"

#include <gtest/gtest.h>

#include "imaging/encode/avif_library.hpp"
#include "imaging/encode/samples.hpp"
#include "imaging/encode/yuv_planes.hpp"
#include "imaging/testing/made_pixels.hpp"

namespace pictor::imaging {
namespace {

using testing::made_pixels;
using testing::psnr;

std::size_t bytes_of(const Pixels& pixels, const EncodeSettings& settings) {
  const Result<Encoded> encoded = encode_avif(pixels, settings);
  EXPECT_TRUE(encoded) << (encoded ? "" : encoded.error().private_message);
  return encoded ? encoded->bytes.size() : 0;
}

Pixels through(const Pixels& pixels, const EncodeSettings& settings) {
  const Result<Encoded> encoded = encode_avif(pixels, settings);
  EXPECT_TRUE(encoded) << (encoded ? "" : encoded.error().private_message);
  Result<Pixels> back = encoded ? decode_avif(encoded->bytes) : Result<Pixels>(Pixels{});
  EXPECT_TRUE(back) << (back ? "" : back.error().private_message);
  return back ? *std::move(back) : Pixels{};
}

/// Only the alpha of a picture with alpha.
Pixels alpha_of(const Pixels& pixels) {
  Pixels alpha{.width = pixels.width, .height = pixels.height, .bands = 1};
  for (std::size_t i = static_cast<std::size_t>(pixels.bands) - 1; i < pixels.bytes.size();
       i += static_cast<std::size_t>(pixels.bands)) {
    alpha.bytes.push_back(pixels.bytes[i]);
  }
  return alpha;
}

class AvifCodec : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(avif_library(), nullptr) << "run ./run setup"; }
};

TEST_F(AvifCodec, ColourComesBackNearlyAsItWas) {
  const Pixels pixels = made_pixels(317, 203);
  EXPECT_GT(psnr(pixels, through(pixels, {.quality = 92})), 36);
  EXPECT_GT(psnr(pixels, through(pixels, {.quality = 92, .chroma = Chroma::k444})), 38);
  EXPECT_GT(psnr(pixels, through(pixels, {.quality = 92, .content = Content::kDrawing})), 35);
}

TEST_F(AvifCodec, PhotographsGoToSvtAndTheRestToAom) {
  if (!avif_library()->has_svt) {
    GTEST_SKIP() << "this libavif has no SVT-AV1";
  }
  const Pixels pixels = made_pixels(128, 128);
  EXPECT_TRUE(encode_avif(pixels, {})->encoder.starts_with("SVT-AV1 ")) << encode_avif(pixels, {})->encoder;
  EXPECT_NE(encode_avif(pixels, {})->encoder.find("10 bit 4:2:0"), std::string::npos);
  for (const EncodeSettings& settings :
       {EncodeSettings{.chroma = Chroma::k444}, {.content = Content::kText}, {.lossless = true}}) {
    EXPECT_TRUE(encode_avif(pixels, settings)->encoder.starts_with("aom "));
  }
}

TEST_F(AvifCodec, LosslessIsLossless) {
  for (const int bands : {1, 2, 3, 4}) {
    const Pixels pixels = made_pixels(101, 77, bands);
    EXPECT_EQ(psnr(pixels, through(pixels, {.lossless = true})), 99) << bands;
  }
}

TEST_F(AvifCodec, GreyAndSixteenBitsGoIn) {
  const Pixels grey = made_pixels(96, 80, 1);
  EXPECT_GT(psnr(in_colour(grey), in_colour(through(grey, {.quality = 92}))), 36);
  const Pixels deep = made_pixels(96, 80, 3, 16);
  EXPECT_GT(psnr(deep, through(deep, {.quality = 92})), 36);
}

TEST_F(AvifCodec, AlphaIsKeptWithAQualityOfItsOwn) {
  const Pixels pixels = made_pixels(160, 120, 4);
  for (const Chroma chroma : {Chroma::k420, Chroma::k444}) {
    const Pixels back = through(pixels, {.quality = 50, .chroma = chroma});
    ASSERT_EQ(back.bands, 4);
    EXPECT_GT(psnr(alpha_of(pixels), alpha_of(back)), 46);
    EXPECT_LT(bytes_of(pixels, {.quality = 50, .chroma = chroma, .alpha_quality = 10}),
              bytes_of(pixels, {.quality = 50, .chroma = chroma}));
  }
}

TEST_F(AvifCodec, AlphaThatHidesNothingIsDropped) {
  Pixels pixels = made_pixels(80, 70, 4);
  for (std::size_t i = 3; i < pixels.bytes.size(); i += 4) {
    pixels.bytes[i] = 255;
  }
  EXPECT_EQ(through(pixels, {}).bands, 3);
}

TEST_F(AvifCodec, OnePixelAndAVeryTallOne) {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 20'000}, {65, 63}, {3, 2}}) {
    const Pixels back = through(made_pixels(width, height), {});
    EXPECT_EQ(back.width, width);
    EXPECT_EQ(back.height, height);
  }
}

TEST_F(AvifCodec, ASideOverTheLimitIsRefusedWithTheLimitNamed) {
  const Result<Encoded> refused = encode_avif(made_pixels(65'536, 1, 1), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kFormatLimit);
  EXPECT_NE(refused.error().public_message.find("65535"), std::string::npos);
}

TEST_F(AvifCodec, TheProfileIsKept) {
  Pixels pixels = made_pixels(80, 80);
  pixels.icc.assign(5'001, 0x5A);
  EXPECT_EQ(through(pixels, {}).icc, pixels.icc);
}

TEST_F(AvifCodec, BytesGrowWithQualityAndFractionsCount) {
  const Pixels pixels = made_pixels(256, 192);
  std::size_t before = 0;
  for (double quality = 10; quality <= 98; quality += 4) {
    const std::size_t now = bytes_of(pixels, {.quality = quality, .effort = 1});
    EXPECT_GE(now, before) << quality;
    before = now;
  }
  if (avif_library()->has_svt) {
    EXPECT_LT(bytes_of(pixels, {.quality = 70, .effort = 1}), bytes_of(pixels, {.quality = 70.5, .effort = 1}));
  }
}

TEST_F(AvifCodec, TheSamePixelsGiveTheSameBytes) {
  const Pixels pixels = made_pixels(200, 150);
  EXPECT_EQ(encode_avif(pixels, {})->bytes, encode_avif(pixels, {})->bytes);
}

TEST_F(AvifCodec, AnAnimationKeepsTimesLoopsAndPictures) {
  Pixels frames = made_pixels(60, 40, 3, 8, 4);
  for (const int loop : {0, 1, 3}) {
    frames.loop = loop;
    const Pixels back = through(frames, {.quality = 92, .effort = 1});
    EXPECT_EQ(back.frames, 4);
    EXPECT_EQ(back.delays, frames.delays);
    EXPECT_EQ(back.loop, loop);
    EXPECT_GT(psnr(frames, back), 32);
  }
}

TEST_F(AvifCodec, WhatIsNoAvifIsUnreadable) {
  std::vector<std::uint8_t> broken = encode_avif(made_pixels(64, 64), {})->bytes;
  broken.resize(broken.size() / 2);
  for (const auto& bytes : {std::vector<std::uint8_t>(100, 7), std::vector<std::uint8_t>{}, broken}) {
    const Result<Pixels> back = decode_avif(bytes);
    ASSERT_FALSE(back);
    EXPECT_EQ(back.error().code, ErrorCode::kImageUnreadable);
  }
}

TEST(YuvPlanes, ColoursComeBackWithinOneStep) {
  const Pixels pixels = made_pixels(31, 17);
  for (const int depth : {8, 10, 12}) {
    Pixels back{.width = 31, .height = 17};
    append_pixels(planes_of(pixels, 0, depth, false, Matrix::kBt601), back);
    for (std::size_t i = 0; i < pixels.bytes.size(); ++i) {
      ASSERT_NEAR(pixels.bytes[i], back.bytes[i], depth == 8 ? 2 : 1);
    }
  }
}

TEST(YuvPlanes, AFlatColourSurvivesHalvedChromaOfOddSides) {
  Pixels pixels{.width = 7, .height = 5};
  for (int i = 0; i < 35; ++i) {
    pixels.bytes.insert(pixels.bytes.end(), {200, 30, 90});
  }
  const YuvPlanes planes = planes_of(pixels, 0, 10, true, Matrix::kBt601);
  EXPECT_EQ(planes.u.size(), 12U);
  Pixels back{.width = 7, .height = 5};
  append_pixels(planes, back);
  for (std::size_t i = 0; i < back.bytes.size(); ++i) {
    ASSERT_NEAR(pixels.bytes[i], back.bytes[i], 1);
  }
}

}  // namespace
}  // namespace pictor::imaging
