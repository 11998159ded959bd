#include "imaging/resample/resample.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <hwy/targets.h>
#include <numbers>
#include <random>

namespace pictor::imaging::resample {
namespace {

Pixels picture(int width, int height, int bands, int bits) {
  Pixels pixels;
  pixels.width = width;
  pixels.height = height;
  pixels.bands = bands;
  pixels.bits = bits;
  pixels.bytes.resize(pixels.frame_bytes());
  return pixels;
}

double sample_of(const Pixels& pixels, int x, int y, int band) {
  const std::size_t at =
      (static_cast<std::size_t>(y) * static_cast<std::size_t>(pixels.width) + static_cast<std::size_t>(x)) *
          static_cast<std::size_t>(pixels.bands) +
      static_cast<std::size_t>(band);
  if (pixels.bits == 8) {
    return pixels.bytes[at];
  }
  std::uint16_t sample = 0;
  std::memcpy(&sample, pixels.bytes.data() + 2 * at, 2);
  return sample;
}

/// Waves of all lengths with noise and hard edges: dark beside bright, too.
Pixels lively(int width, int height, int bands, int bits, unsigned seed = 1) {
  Pixels pixels = picture(width, height, bands, bits);
  std::mt19937 random(seed);
  std::normal_distribution<double> noise(0, 0.04);
  const double most = bits == 8 ? 255 : 65535;
  std::size_t at = 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int band = 0; band < bands; ++band) {
        double value = 0.5 + 0.4 * std::sin(x * 0.002 * (x + 7 * band)) * std::cos(y * 0.003 * (y + 3)) + noise(random);
        value = (x / 17 + y / 23 + band) % 7 == 0 ? 0.02 : value;
        const auto sample = static_cast<std::uint16_t>(std::clamp(value, 0.0, 1.0) * most + 0.5);
        if (bits == 8) {
          pixels.bytes[at] = static_cast<std::uint8_t>(sample);
        } else {
          std::memcpy(pixels.bytes.data() + 2 * at, &sample, 2);
        }
        ++at;
      }
    }
  }
  return pixels;
}

double to_linear(double sample) { return sample <= 0.04045 ? sample / 12.92 : std::pow((sample + 0.055) / 1.055, 2.4); }
double to_sample(double light) {
  light = std::clamp(light, 0.0, 1.0);
  return light <= 0.0031308 ? light * 12.92 : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
}
double lanczos(double x) {
  const double angle = std::numbers::pi * x;
  return x == 0 ? 1 : std::abs(x) >= 3 ? 0 : 3 * std::sin(angle) * std::sin(angle / 3) / (angle * angle);
}

/// Along one axis of `count` lines: the definition, in doubles, with nothing of the code under test.
std::vector<std::vector<double>> naive_weights(int size, double from, double length, int results) {
  std::vector<std::vector<double>> all;
  const double scale = length / results;
  const double stretch = std::max(1.0, scale);
  const int low = static_cast<int>(std::floor(from));
  const int high = std::min(size, static_cast<int>(std::ceil(from + length))) - 1;
  for (int result = 0; result < results; ++result) {
    std::vector<double> weights(static_cast<std::size_t>(size));
    double sum = 0;
    const double centre = from + (result + 0.5) * scale - 0.5;
    for (int at = low - 4 * static_cast<int>(stretch + 2); at <= high + 4 * static_cast<int>(stretch + 2); ++at) {
      const double weight = lanczos((at - centre) / stretch);
      weights[static_cast<std::size_t>(std::clamp(at, low, high))] += weight;
      sum += weight;
    }
    for (double& weight : weights) {
      weight /= sum;
    }
    all.push_back(weights);
  }
  return all;
}

/// Samples of the result, not rounded.
std::vector<double> naive_resize(const Pixels& in, const Box& box, int width, int height) {
  const auto across = naive_weights(in.width, box.x, box.width, width);
  const auto down = naive_weights(in.height, box.y, box.height, height);
  const double most = in.bits == 8 ? 255 : 65535;
  const int colours = in.has_alpha() ? in.bands - 1 : in.bands;
  std::vector<double> rows(static_cast<std::size_t>(width * in.height * in.bands));
  for (int y = 0; y < in.height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int band = 0; band < in.bands; ++band) {
        double sum = 0;
        for (int at = 0; at < in.width; ++at) {
          const double weight = across[static_cast<std::size_t>(x)][static_cast<std::size_t>(at)];
          if (weight != 0) {
            const double alpha = in.has_alpha() ? sample_of(in, at, y, colours) / most : 1;
            sum += weight * (band < colours ? to_linear(sample_of(in, at, y, band) / most) * alpha : alpha);
          }
        }
        rows[static_cast<std::size_t>((y * width + x) * in.bands + band)] = sum;
      }
    }
  }
  std::vector<double> result(static_cast<std::size_t>(width * height * in.bands));
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      std::vector<double> pixel(static_cast<std::size_t>(in.bands));
      for (int band = 0; band < in.bands; ++band) {
        for (int at = 0; at < in.height; ++at) {
          pixel[static_cast<std::size_t>(band)] += down[static_cast<std::size_t>(y)][static_cast<std::size_t>(at)] *
                                                   rows[static_cast<std::size_t>((at * width + x) * in.bands + band)];
        }
      }
      const double alpha = in.has_alpha() ? pixel.back() : 1;
      for (int band = 0; band < in.bands; ++band) {
        const double value = pixel[static_cast<std::size_t>(band)];
        result[static_cast<std::size_t>((y * width + x) * in.bands + band)] =
            alpha * most < 0.5 ? 0 : most * (band < colours ? to_sample(value / alpha) : std::clamp(value, 0.0, 1.0));
      }
    }
  }
  return result;
}

Pixels resized(const Pixels& in, const Box& box, int width, int height) {
  PixelRows rows(in);
  auto result = resize(rows, box, width, height);
  EXPECT_TRUE(result) << (result ? "" : result.error().public_message);
  return result ? *result : Pixels{};
}
Pixels resized(const Pixels& in, int width, int height) {
  return resized(in, {0, 0, static_cast<double>(in.width), static_cast<double>(in.height)}, width, height);
}

struct Case {
  int in_width, in_height, bands, bits;
  Box box;
  int width, height;
  double worst;  ///< codes of the result from the unrounded reference; 0.5 is the rounding itself
};

class Reference : public testing::TestWithParam<Case> {};

TEST_P(Reference, AgreesWithDoubles) {
  const Case& c = GetParam();
  const Pixels in = lively(c.in_width, c.in_height, c.bands, c.bits);
  const Pixels out = resized(in, c.box, c.width, c.height);
  const std::vector<double> wanted = naive_resize(in, c.box, c.width, c.height);
  ASSERT_EQ(out.bytes.size(), wanted.size() * static_cast<std::size_t>(c.bits / 8));
  double worst = 0;
  double squares = 0;
  std::size_t at = 0;
  for (int y = 0; y < c.height; ++y) {
    for (int x = 0; x < c.width; ++x) {
      for (int band = 0; band < c.bands; ++band, ++at) {
        const double error = std::abs(sample_of(out, x, y, band) - wanted[at]);
        worst = std::max(worst, error);
        squares += error * error;
      }
    }
  }
  RecordProperty("worst", std::to_string(worst));
  EXPECT_LE(worst, c.worst);
  // Rounding alone makes 0.289.
  EXPECT_LE(std::sqrt(squares / static_cast<double>(wanted.size())), 0.32);
}

INSTANTIATE_TEST_SUITE_P(
    Resize, Reference,
    testing::Values(
        Case{301, 203, 3, 8, {0, 0, 301, 203}, 120, 81, 1.0}, Case{301, 203, 1, 8, {0, 0, 301, 203}, 120, 81, 1.0},
        Case{301, 203, 3, 8, {20.25, 11.5, 240.3, 150.75}, 101, 67, 1.0},
        Case{301, 203, 3, 8, {0, 0, 301, 203}, 40, 27, 1.0}, Case{301, 203, 3, 8, {0, 0, 301, 203}, 3, 5, 1.0},
        Case{61, 43, 3, 8, {0, 0, 61, 43}, 150, 99, 1.0}, Case{61, 143, 3, 8, {0, 0, 61, 143}, 150, 50, 1.0},
        Case{161, 43, 3, 8, {0, 0, 161, 43}, 50, 99, 1.0}, Case{301, 203, 4, 8, {0, 0, 301, 203}, 120, 81, 0.51},
        Case{301, 203, 2, 8, {0, 0, 301, 203}, 120, 81, 0.51}, Case{301, 203, 3, 16, {0, 0, 301, 203}, 120, 81, 1.0},
        Case{301, 203, 4, 16, {5, 6, 280, 190}, 120, 81, 1.0}, Case{1, 1, 3, 8, {0, 0, 1, 1}, 7, 5, 1.0},
        Case{1, 2000, 3, 8, {0, 0, 1, 2000}, 1, 100, 1.0}, Case{2000, 1, 3, 8, {0, 0, 2000, 1}, 900, 1, 1.0}));

TEST(Resize, KeepsFlatColour) {
  for (const int bits : {8, 16}) {
    for (int sample = 0; sample < 256; ++sample) {
      Pixels in = picture(70, 50, 3, bits);
      std::ranges::fill(in.bytes, static_cast<std::uint8_t>(sample));
      for (const auto& [width, height] : {std::pair{31, 20}, std::pair{100, 99}, std::pair{1, 1}}) {
        const Pixels out = resized(in, width, height);
        ASSERT_EQ(static_cast<std::ptrdiff_t>(out.bytes.size()),
                  std::ranges::count(out.bytes, static_cast<std::uint8_t>(sample)))
            << sample << " at " << width << " of " << bits << " bits";
      }
    }
  }
}

TEST(Resize, SameSizeIsTheSameBytes) {
  for (const int bands : {1, 2, 3, 4}) {
    const Pixels in = lively(97, 61, bands, 8);
    EXPECT_EQ(resized(in, 97, 61).bytes, in.bytes);
  }
  const Pixels in = lively(97, 61, 3, 8);
  const Pixels part = resized(in, {10, 20, 30, 40}, 30, 40);
  for (int y = 0; y < 40; ++y) {
    ASSERT_EQ(std::memcmp(part.bytes.data() + static_cast<std::size_t>(y) * 90,
                          in.bytes.data() + static_cast<std::size_t>((y + 20) * 97 + 10) * 3, 90),
              0);
  }
}

TEST(Resize, HiddenColourNeverShows) {
  Pixels in = picture(200, 100, 4, 8);
  for (std::size_t at = 0; at < in.bytes.size(); at += 4) {
    const bool shown = at / 4 % 200 < 100;
    const std::uint8_t green[4] = {0, 255, 0, 0};
    const std::uint8_t red[4] = {200, 10, 30, 255};
    std::memcpy(in.bytes.data() + at, shown ? red : green, 4);
  }
  const Pixels out = resized(in, 77, 41);
  for (std::size_t at = 0; at < out.bytes.size(); at += 4) {
    if (out.bytes[at + 3] > 0) {
      ASSERT_EQ(out.bytes[at], 200);
      ASSERT_EQ(out.bytes[at + 1], 10);
      ASSERT_EQ(out.bytes[at + 2], 30);
    } else {
      ASSERT_EQ(out.bytes[at + 1], 0);
    }
  }
}

TEST(Resize, TakesExtremeShapes) {
  EXPECT_EQ(resized(lively(1, 20000, 3, 8), 1, 100).bytes.size(), 300U);
  EXPECT_EQ(resized(lively(20000, 1, 3, 8), 1600, 1).bytes.size(), 4800U);
  EXPECT_EQ(resized(lively(1, 1, 4, 8), 300, 200).bytes.size(), 240000U);
  EXPECT_EQ(resized(lively(5000, 3, 1, 8), 1, 1).bytes.size(), 1U);
  EXPECT_EQ(resized(lively(2, 2, 3, 8), 1000, 1).bytes.size(), 3000U);
}

TEST(Resize, RefusesWhatIsNoBox) {
  const Pixels in = lively(10, 10, 3, 8);
  const double nan = std::nan("");
  for (const Box& box : {Box{0, 0, 11, 10}, Box{-1, 0, 5, 5}, Box{0, 0, 0, 5}, Box{nan, 0, 5, 5}, Box{10, 0, 1, 1}}) {
    PixelRows rows(in);
    const auto result = resize(rows, box, 5, 5);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidField);
  }
  PixelRows rows(in);
  EXPECT_FALSE(resize(rows, {0, 0, 10, 10}, 0, 5));
}

/// Ends after some rows.
class Failing final : public RowSource {
 public:
  [[nodiscard]] int width() const override { return 20; }
  [[nodiscard]] int height() const override { return 20; }
  [[nodiscard]] int bands() const override { return 3; }
  [[nodiscard]] int bits() const override { return 8; }
  [[nodiscard]] Result<std::span<const std::uint8_t>> next_row() override {
    if (++rows == 7) {
      return fail({ErrorCode::kCancelled, "Cancelled."});
    }
    return std::span<const std::uint8_t>(row);
  }
  int rows = 0;
  std::vector<std::uint8_t> row = std::vector<std::uint8_t>(60);
};

TEST(Resize, HandsOnWhatTheSourceSays) {
  Failing source;
  const auto result = resize(source, {0, 0, 20, 20}, 5, 5);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kCancelled);
  Failing short_of_it;
  EXPECT_TRUE(resize(short_of_it, {0, 0, 20, 5}, 5, 2)) << "rows below the box are not asked for";
}

TEST(Resize, IsTheSameOnEveryProcessor) {
  const Pixels in = lively(333, 221, 3, 8);
  const Pixels deep = lively(133, 121, 4, 16);
  const Pixels wanted = resized(in, 130, 77);
  const Pixels wanted_deep = resized(deep, 50, 40);
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    EXPECT_EQ(resized(in, 130, 77).bytes, wanted.bytes) << hwy::TargetName(target);
    const Pixels out = resized(deep, 50, 40);
    for (std::size_t at = 0; at < out.bytes.size() / 2; ++at) {
      std::uint16_t a = 0;
      std::uint16_t b = 0;
      std::memcpy(&a, out.bytes.data() + 2 * at, 2);
      std::memcpy(&b, wanted_deep.bytes.data() + 2 * at, 2);
      ASSERT_LE(std::abs(a - b), 1) << hwy::TargetName(target);
    }
  }
  hwy::SetSupportedTargetsForTest(0);
}

}  // namespace
}  // namespace pictor::imaging::resample
