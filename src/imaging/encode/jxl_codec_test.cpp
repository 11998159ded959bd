#include "imaging/encode/jxl_codec.hpp"

#include <gtest/gtest.h>

#include "imaging/encode/jpeg_codec.hpp"
#include "imaging/encode/jxl_library.hpp"
#include "imaging/encode/samples.hpp"
#include "imaging/testing/made_pixels.hpp"
#include "imaging/testing/pictures.hpp"

namespace pictor::imaging {
namespace {

using testing::made_pixels;
using testing::psnr;

std::size_t bytes_of(const Pixels& pixels, const EncodeSettings& settings) {
  const Result<Encoded> encoded = encode_jxl(pixels, settings);
  EXPECT_TRUE(encoded) << (encoded ? "" : encoded.error().private_message);
  return encoded ? encoded->bytes.size() : 0;
}

Pixels through(const Pixels& pixels, const EncodeSettings& settings) {
  const Result<Encoded> encoded = encode_jxl(pixels, settings);
  EXPECT_TRUE(encoded) << (encoded ? "" : encoded.error().private_message);
  Result<Pixels> back = encoded ? decode_jxl(encoded->bytes) : Result<Pixels>(Pixels{});
  EXPECT_TRUE(back) << (back ? "" : back.error().private_message);
  return back ? *std::move(back) : Pixels{};
}

class JxlCodec : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(jxl_library(), nullptr) << "run ./run setup"; }
};

TEST_F(JxlCodec, ColourGreyAndAlphaComeBackNearlyAsTheyWere) {
  for (const int bands : {1, 2, 3, 4}) {
    const Pixels pixels = made_pixels(317, 203, bands);
    EXPECT_GT(psnr(pixels, through(pixels, {.quality = 95})), 36) << bands;
  }
}

TEST_F(JxlCodec, LosslessIsLosslessInBothDepths) {
  for (const int bands : {1, 2, 3, 4}) {
    const Pixels pixels = made_pixels(101, 77, bands);
    EXPECT_EQ(psnr(pixels, through(pixels, {.lossless = true, .effort = 2})), 99) << bands;
  }
  const Pixels deep = made_pixels(64, 48, 3, 16);
  EXPECT_GT(psnr(deep, through(deep, {.lossless = true, .effort = 2})), 55);
  // All 16 bits are in the file: it is larger than that of the upper 8.
  EXPECT_GT(bytes_of(deep, {.lossless = true}), bytes_of(in_8_bits(deep), {.lossless = true}));
}

TEST_F(JxlCodec, OnePixelAndAVeryTallOne) {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 20'000}, {20'000, 1}}) {
    const Pixels back = through(made_pixels(width, height), {.effort = 1});
    EXPECT_EQ(back.width, width);
    EXPECT_EQ(back.height, height);
  }
}

TEST_F(JxlCodec, ASideOverTheLimitIsRefusedWithTheLimitNamed) {
  const Result<Encoded> refused = encode_jxl(made_pixels(262'145, 1, 1), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kFormatLimit);
  EXPECT_NE(refused.error().public_message.find("262144"), std::string::npos);
}

TEST_F(JxlCodec, AWideProfileIsKeptAndItsNumbersToo) {
  testing::start_once();
  Pixels pixels = made_pixels(96, 64);
  VipsBlob* blob = nullptr;
  ASSERT_EQ(vips_profile_load("p3", &blob, nullptr), 0);
  std::size_t size = 0;
  const auto* bytes = static_cast<const std::uint8_t*>(vips_blob_get(blob, &size));
  pixels.icc.assign(bytes, bytes + size);
  vips_area_unref(VIPS_AREA(blob));
  for (const bool lossless : {true, false}) {
    const Pixels back = through(pixels, {.quality = 96, .lossless = lossless});
    EXPECT_FALSE(back.icc.empty());
    EXPECT_GT(psnr(pixels, back), lossless ? 98 : 36);
  }
}

// Not at every step: libjxl 0.7 changes its filters at some distances, and a file may then be a tenth smaller.
TEST_F(JxlCodec, BytesGrowWithQualityAndFractionsCount) {
  const Pixels pixels = made_pixels(256, 192);
  std::size_t before = 0;
  for (double quality = 10; quality <= 98; quality += 11) {
    const std::size_t now = bytes_of(pixels, {.quality = quality});
    EXPECT_GE(now, before) << quality;
    before = now;
  }
  EXPECT_NE(bytes_of(pixels, {.quality = 80}), bytes_of(pixels, {.quality = 80.5}));
}

TEST_F(JxlCodec, AJpegComesBackByteByByteAndWasSmaller) {
  for (const Chroma chroma : {Chroma::k420, Chroma::k444}) {
    const std::vector<std::uint8_t> jpeg = encode_jpeg(made_pixels(400, 300), {.quality = 85, .chroma = chroma})->bytes;
    const Result<std::vector<std::uint8_t>> jxl = transcode_jpeg_to_jxl(jpeg);
    ASSERT_TRUE(jxl) << jxl.error().private_message;
    EXPECT_LT(jxl->size(), jpeg.size());
    const Result<std::vector<std::uint8_t>> back = restore_jpeg_from_jxl(*jxl);
    ASSERT_TRUE(back) << back.error().private_message;
    EXPECT_EQ(*back, jpeg);
    EXPECT_TRUE(decode_jxl(*jxl));
  }
}

TEST_F(JxlCodec, WhatWasNoJpegCannotBeRestoredOrCarriedOver) {
  EXPECT_EQ(restore_jpeg_from_jxl(encode_jxl(made_pixels(32, 32), {})->bytes).error().code,
            ErrorCode::kImageUnreadable);
  EXPECT_EQ(transcode_jpeg_to_jxl(std::vector<std::uint8_t>(50, 1)).error().code, ErrorCode::kImageUnreadable);
}

TEST_F(JxlCodec, WhatIsNoJxlIsUnreadable) {
  std::vector<std::uint8_t> broken = encode_jxl(made_pixels(64, 64), {})->bytes;
  broken.resize(broken.size() / 2);
  for (const auto& bytes : {std::vector<std::uint8_t>(100, 7), std::vector<std::uint8_t>{}, broken}) {
    const Result<Pixels> back = decode_jxl(bytes);
    ASSERT_FALSE(back);
    EXPECT_EQ(back.error().code, ErrorCode::kImageUnreadable);
  }
}

}  // namespace
}  // namespace pictor::imaging
