#include "imaging/encode/png_codec.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <random>

#include "imaging/encode/png_file.hpp"
#include "imaging/encode/png_form.hpp"
#include "imaging/testing/pictures.hpp"

namespace pictor::imaging {
namespace {

class Png : public ::testing::Test {
 protected:
  void SetUp() override { testing::start_once(); }
};

Pixels blank(int width, int height, int bands, int bits = 8) {
  Pixels pixels;
  pixels.width = width;
  pixels.height = height;
  pixels.bands = bands;
  pixels.bits = bits;
  pixels.bytes.resize(pixels.frame_bytes());
  return pixels;
}

std::uint16_t sample_of(const Pixels& pixels, std::size_t at) {
  if (pixels.bits == 8) {
    return static_cast<std::uint16_t>(pixels.bytes[at] * 257);
  }
  std::uint16_t value = 0;
  std::memcpy(&value, pixels.bytes.data() + at * 2, 2);
  return value;
}

/// The pixel in 16-bit RGBA, without the colour of what can't be seen.
std::array<std::uint16_t, 4> seen(const Pixels& pixels, std::size_t pixel) {
  const auto bands = static_cast<std::size_t>(pixels.bands);
  std::array<std::uint16_t, 4> colour{};
  const std::size_t at = pixel * bands;
  colour[3] = pixels.has_alpha() ? sample_of(pixels, at + bands - 1) : std::uint16_t{65'535};
  for (std::size_t band = 0; band < 3 && colour[3] != 0; ++band) {
    colour[band] = sample_of(pixels, at + (bands >= 3 ? band : 0));
  }
  return colour;
}

void expect_same_picture(const Pixels& a, const Pixels& b) {
  ASSERT_EQ(a.width, b.width);
  ASSERT_EQ(a.height, b.height);
  const std::size_t count = static_cast<std::size_t>(a.width) * static_cast<std::size_t>(a.height);
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_EQ(seen(a, i), seen(b, i)) << "pixel " << i;
  }
}

/// Encodes at several efforts, reads back, compares; returns the last file.
std::vector<std::uint8_t> expect_round_trip(const Pixels& pixels, std::initializer_list<int> efforts = {0, 4, 7}) {
  std::vector<std::uint8_t> file;
  for (const int effort : efforts) {
    const Result<Encoded> encoded = encode_png(pixels, {.effort = effort});
    if (!encoded) {
      ADD_FAILURE() << encoded.error().private_message;
      return {};
    }
    const Result<Pixels> back = decode_png(encoded->bytes);
    if (!back) {
      ADD_FAILURE() << back.error().private_message;
      return {};
    }
    expect_same_picture(pixels, *back);
    file = encoded->bytes;
  }
  return file;
}

int type_of(const std::vector<std::uint8_t>& file) { return png_chunks(file).at(0).payload[9]; }
int depth_of(const std::vector<std::uint8_t>& file) { return png_chunks(file).at(0).payload[8]; }

void fill_noise(Pixels& pixels, unsigned seed = 1) {
  std::mt19937 random(seed);
  for (std::uint8_t& byte : pixels.bytes) {
    byte = static_cast<std::uint8_t>(random());
  }
}

void fill_waves(Pixels& pixels) {
  for (std::size_t i = 0; i < pixels.bytes.size(); ++i) {
    const std::size_t row = i / pixels.row_bytes();
    const std::size_t column = i % pixels.row_bytes() / static_cast<std::size_t>(pixels.bands);
    pixels.bytes[i] = static_cast<std::uint8_t>(row * 3 + column * 2 + i % static_cast<std::size_t>(pixels.bands) * 40);
  }
}

/// `count` colours in blocks and dots, RGB or RGBA.
Pixels of_colours(int count, int bands) {
  Pixels pixels = blank(61, 47, bands);
  std::mt19937 random(static_cast<unsigned>(count));
  for (std::size_t i = 0; i < pixels.bytes.size() / static_cast<std::size_t>(bands); ++i) {
    // Every colour once, then blocks.
    const unsigned number =
        i < static_cast<std::size_t>(count)
            ? static_cast<unsigned>(i)
            : (static_cast<unsigned>(i / 7) + (random() % 9 == 0 ? 1U : 0U)) % static_cast<unsigned>(count);
    std::uint8_t* at = pixels.bytes.data() + i * static_cast<std::size_t>(bands);
    at[0] = static_cast<std::uint8_t>(number * 37);
    at[1] = static_cast<std::uint8_t>(number * 11 + 5);
    at[2] = static_cast<std::uint8_t>(number / 256 * 90 + number);
    if (bands == 4) {
      at[3] = number % 3 == 1 ? static_cast<std::uint8_t>(number * 5 + 1) : std::uint8_t{255};
    }
  }
  return pixels;
}

TEST_F(Png, ComesBackBitForBitForEveryBandCountAndDepth) {
  for (const int bits : {8, 16}) {
    for (const int bands : {1, 2, 3, 4}) {
      SCOPED_TRACE(std::to_string(bits) + " bits, " + std::to_string(bands) + " bands");
      Pixels noise = blank(37, 29, bands, bits);
      fill_noise(noise);
      expect_round_trip(noise);
      Pixels waves = blank(200, 150, bands, bits);
      fill_waves(waves);
      expect_round_trip(waves);
    }
  }
}

TEST_F(Png, OddSizes) {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 20'000}, {20'000, 1}, {3, 2}, {17, 1}}) {
    for (const int bands : {1, 2, 3, 4}) {
      SCOPED_TRACE(std::to_string(width) + " × " + std::to_string(height) + ", " + std::to_string(bands));
      Pixels pixels = blank(width, height, bands);
      fill_noise(pixels);
      expect_round_trip(pixels, {0, 4});
    }
  }
}

TEST_F(Png, EveryEffortKeepsEveryPixel) {
  Pixels pixels = blank(90, 70, 3);
  fill_waves(pixels);
  expect_round_trip(pixels, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_F(Png, PalettesOfEverySize) {
  for (const int bands : {3, 4}) {
    for (const auto& [colours, depth] :
         {std::pair{1, 1}, {2, 1}, {3, 2}, {4, 2}, {16, 4}, {17, 8}, {255, 8}, {256, 8}}) {
      SCOPED_TRACE(std::to_string(colours) + " colours, " + std::to_string(bands) + " bands");
      const std::vector<std::uint8_t> file = expect_round_trip(of_colours(colours, bands), {0, 2, 7});
      // Many colours of a small picture of noise: the palette may cost more than it saves.
      if (colours > 17) {
        continue;
      }
      EXPECT_EQ(type_of(file), 3);
      EXPECT_LE(depth_of(file), 8);
      EXPECT_GE(depth_of(file), depth);
    }
    EXPECT_NE(type_of(expect_round_trip(of_colours(257, bands), {0, 2, 7})), 3);
  }
}

TEST_F(Png, SixteenBitsThatAreEightBecomeEight) {
  Pixels pixels = blank(64, 64, 3, 16);
  for (std::size_t i = 0; i < pixels.bytes.size(); i += 2) {
    pixels.bytes[i] = pixels.bytes[i + 1] = static_cast<std::uint8_t>(i * 7 / 5);
  }
  EXPECT_EQ(depth_of(expect_round_trip(pixels)), 8);
  pixels.bytes[100] = static_cast<std::uint8_t>(~pixels.bytes[101]);
  EXPECT_EQ(depth_of(expect_round_trip(pixels)), 16);
}

TEST_F(Png, GreyIsFoundInColours) {
  Pixels pixels = blank(300, 300, 4);
  for (std::size_t i = 0; i < pixels.bytes.size(); i += 4) {
    const auto grey = static_cast<std::uint8_t>(i / 4 % 300 / 2 + i / 1200 / 4);
    std::memset(pixels.bytes.data() + i, grey, 3);
    pixels.bytes[i + 3] = 255;
  }
  EXPECT_EQ(type_of(expect_round_trip(pixels)), 0);
  pixels.bytes[2] ^= 1U;
  EXPECT_NE(type_of(expect_round_trip(pixels)), 0);
}

TEST_F(Png, BlackAndWhiteNeedsOneBit) {
  Pixels pixels = blank(123, 77, 3);
  for (std::size_t i = 0; i < pixels.bytes.size(); ++i) {
    pixels.bytes[i] = i / 3 % 5 == 0 ? 255 : 0;
  }
  EXPECT_EQ(depth_of(expect_round_trip(pixels)), 1);
}

TEST_F(Png, AProfileKeepsColourAndGreyApart) {
  Pixels grey_as_rgb = blank(64, 64, 3);
  for (std::size_t i = 0; i < grey_as_rgb.bytes.size(); ++i) {
    grey_as_rgb.bytes[i] = static_cast<std::uint8_t>(i / 3);
  }
  // No real profile: libpng reads it, with a warning, or leaves it.
  grey_as_rgb.icc.assign(200, 7);
  const Result<Encoded> encoded = encode_png(grey_as_rgb, {});
  ASSERT_TRUE(encoded);
  EXPECT_NE(type_of(encoded->bytes), 0);
  EXPECT_EQ(png_chunks(encoded->bytes).at(1).type, "iCCP");
}

TEST_F(Png, OneVisiblePixel) {
  Pixels pixels = blank(80, 60, 4);
  fill_noise(pixels);
  for (std::size_t i = 3; i < pixels.bytes.size(); i += 4) {
    pixels.bytes[i] = 0;
  }
  pixels.bytes[4 * 1234 + 3] = 255;
  // The noise can't be seen and is not kept.
  EXPECT_LT(expect_round_trip(pixels).size(), 200U);
}

TEST_F(Png, ACutOutOfManyColoursNeedsNoAlphaChannel) {
  Pixels pixels = blank(120, 120, 4);
  fill_noise(pixels);
  for (std::size_t i = 3; i < pixels.bytes.size(); i += 4) {
    pixels.bytes[i] = i / 480 % 120 < 60 ? 0 : 255;
  }
  EXPECT_EQ(type_of(expect_round_trip(pixels)), 2);
}

TEST_F(Png, GreyOfEveryLevelWithHolesKeepsItsAlpha) {
  Pixels pixels = blank(64, 64, 2);
  for (std::size_t i = 0; i < pixels.bytes.size(); i += 2) {
    pixels.bytes[i] = static_cast<std::uint8_t>(i / 2);
    pixels.bytes[i + 1] = i % 10 == 0 && i > 1000 ? 0 : 255;
  }
  expect_round_trip(pixels);
}

TEST_F(Png, HigherEffortIsNeverMuchLarger) {
  Pixels pixels = blank(400, 300, 3);
  fill_waves(pixels);
  std::mt19937 random(5);
  for (std::uint8_t& byte : pixels.bytes) {
    byte = static_cast<std::uint8_t>(byte + random() % 3);
  }
  std::size_t before = SIZE_MAX;
  for (const int effort : {2, 4, 6, 8}) {
    const std::size_t size = encode_png(pixels, {.effort = effort})->bytes.size();
    EXPECT_LE(static_cast<double>(size), static_cast<double>(before) * 1.01) << "effort " << effort;
    before = size;
  }
}

TEST_F(Png, APaletteOfAPhotographIsSmallerAndHasAtMost256Colours) {
  const vips::VImage picture = testing::noisy(300, 200);
  const Result<Pixels> pixels = decode_png(testing::encoded(picture, ".png"));
  ASSERT_TRUE(pixels);
  const Result<Encoded> few = encode_png(*pixels, {.quality = 80, .palette = true});
  const Result<Encoded> all = encode_png(*pixels, {.lossless = true, .palette = true});
  ASSERT_TRUE(few && all);
  EXPECT_EQ(type_of(few->bytes), 3);
  EXPECT_LT(few->bytes.size(), all->bytes.size());
  expect_same_picture(*pixels, *decode_png(all->bytes));
}

TEST_F(Png, OptimisedFilesAreSmallerAndKeepTheirOtherChunks) {
  vips::VImage picture = testing::gradient(200, 100);
  std::vector<std::uint8_t> file = testing::encoded(picture, ".png", vips::VImage::option()->set("compression", 1));
  const std::vector<std::uint8_t> smaller = optimise_png(file, 5);
  EXPECT_LT(smaller.size(), file.size());
  expect_same_picture(*decode_png(file), *decode_png(smaller));
  bool resolution = false;
  for (const PngChunk& chunk : png_chunks(smaller)) {
    resolution |= chunk.type == "pHYs";
  }
  EXPECT_TRUE(resolution);
  EXPECT_EQ(optimise_png(smaller, 5), smaller);
}

TEST_F(Png, WhatIsNoPngComesBackAsItWas) {
  const std::vector<std::uint8_t> text = {'h', 'e', 'l', 'l', 'o'};
  EXPECT_EQ(optimise_png(text, 4), text);
  EXPECT_FALSE(decode_png(text));
  EXPECT_FALSE(encode_png(Pixels{}, {}));
}

}  // namespace
}  // namespace pictor::imaging
