#include "imaging/metrics/ssimulacra2.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <hwy/highway.h>
#include <limits>
#include <utility>

#include "imaging/testing/degraded.hpp"
#include "imaging/testing/made_pixels.hpp"
#include "imaging/testing/pictures.hpp"
#include "imaging/testing/reference_ssimulacra2.hpp"

namespace pictor::imaging {
namespace {

using testing::degraded;
using testing::drawing;
using testing::kDegradations;
using testing::made_pixels;
using testing::reference_ssimulacra2;

class Ssimulacra2Test : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { testing::start_once(); }
};

/// The same picture with an alpha band.
Pixels with_alpha(const Pixels& pixels, std::uint8_t (*alpha)(int x)) {
  Pixels out{.width = pixels.width, .height = pixels.height, .bands = pixels.bands + 1};
  const auto bands = static_cast<std::size_t>(pixels.bands);
  for (std::size_t i = 0; i < pixels.bytes.size(); ++i) {
    out.bytes.push_back(pixels.bytes[i]);
    if (i % bands == bands - 1) {
      out.bytes.push_back(alpha(static_cast<int>(i / bands % static_cast<std::size_t>(pixels.width))));
    }
  }
  return out;
}

std::uint8_t opaque(int /*x*/) { return 255; }
std::uint8_t fading(int x) { return static_cast<std::uint8_t>(255 - x % 256); }
std::uint8_t invisible(int /*x*/) { return 0; }

/// What a viewer sees on a grey ground of that number.
Pixels laid_over(const Pixels& pixels, unsigned ground) {
  Pixels out{.width = pixels.width, .height = pixels.height, .bands = pixels.bands - 1};
  const auto bands = static_cast<std::size_t>(pixels.bands);
  for (std::size_t i = 0; i < pixels.bytes.size(); ++i) {
    if (i % bands != bands - 1) {
      const unsigned alpha = pixels.bytes[i / bands * bands + bands - 1];
      out.bytes.push_back(static_cast<std::uint8_t>((pixels.bytes[i] * alpha + ground * (255 - alpha) + 127) / 255));
    }
  }
  return out;
}

Pixels in_16_bits(const Pixels& pixels) {
  Pixels out = pixels;
  out.bits = 16;
  out.bytes.resize(pixels.bytes.size() * 2);
  for (std::size_t i = 0; i < pixels.bytes.size(); ++i) {
    const auto sample = static_cast<std::uint16_t>(pixels.bytes[i] * 257);
    std::memcpy(out.bytes.data() + 2 * i, &sample, 2);
  }
  return out;
}

Pixels grey_of(const Pixels& pixels) {
  Pixels out{.width = pixels.width, .height = pixels.height, .bands = 1};
  for (std::size_t i = 1; i < pixels.bytes.size(); i += 3) {
    out.bytes.push_back(pixels.bytes[i]);
  }
  return out;
}

TEST_F(Ssimulacra2Test, ReadsAsTheReferenceDoes) {
  const std::vector<Pixels> sources{drawing(301, 200, 1), made_pixels(290, 211), drawing(120, 97, 2),
                                    made_pixels(64, 333)};
  for (const Pixels& source : sources) {
    const Ssimulacra2 metric(source);
    for (int way = 0; way < kDegradations; ++way) {
      const Pixels shown = degraded(source, way);
      EXPECT_NEAR(metric.score(shown), reference_ssimulacra2(source, shown), 0.05)
          << source.width << " x " << source.height << ", degradation " << way;
    }
  }
}

TEST_F(Ssimulacra2Test, ReadsAsTheReferenceDoesAtEveryOddSize) {
  for (const auto& [width, height] : std::vector<std::pair<int, int>>{
           {8, 8}, {9, 8}, {8, 15}, {16, 16}, {17, 23}, {24, 24}, {31, 9}, {33, 65}, {113, 112}, {8, 700}, {500, 8}}) {
    const Pixels source = made_pixels(width, height);
    const Pixels shown = degraded(source, 1);
    EXPECT_NEAR(Ssimulacra2(source).score(shown), reference_ssimulacra2(source, shown), 0.05)
        << width << " x " << height;
  }
}

TEST_F(Ssimulacra2Test, ReadsSixteenBitsAndGreyAsTheReferenceDoes) {
  const Pixels deep = made_pixels(200, 150, 3, 16);
  const Pixels shown = in_16_bits(degraded(made_pixels(200, 150), 2));
  EXPECT_NEAR(Ssimulacra2(deep).score(shown), reference_ssimulacra2(deep, shown), 0.05);

  const Pixels grey = grey_of(made_pixels(200, 150));
  const Pixels worse = grey_of(degraded(made_pixels(200, 150), 2));
  EXPECT_NEAR(Ssimulacra2(grey).score(worse), reference_ssimulacra2(grey, worse), 0.05);
}

TEST_F(Ssimulacra2Test, DepthsAndGreyMayDifferBetweenTheTwo) {
  const Pixels source = made_pixels(150, 120);
  const Pixels shown = degraded(source, 3);
  const double score = Ssimulacra2(source).score(shown);
  EXPECT_NEAR(Ssimulacra2(in_16_bits(source)).score(shown), score, 0.1);
  EXPECT_NEAR(Ssimulacra2(source).score(in_16_bits(shown)), score, 0.1);

  const Pixels grey = grey_of(source);
  Pixels as_colour{.width = grey.width, .height = grey.height};
  for (const std::uint8_t value : grey.bytes) {
    as_colour.bytes.insert(as_colour.bytes.end(), 3, value);
  }
  EXPECT_EQ(Ssimulacra2(grey).score(as_colour), 100);
  EXPECT_EQ(Ssimulacra2(as_colour).score(grey), 100);
}

TEST_F(Ssimulacra2Test, TheSamePictureIsWorthExactly100) {
  for (const int bands : {1, 2, 3, 4}) {
    for (const int bits : {8, 16}) {
      const Pixels source = made_pixels(75, 51, bands, bits);
      const Ssimulacra2 metric(source);
      EXPECT_EQ(metric.score(source), 100) << bands << " bands, " << bits << " bits";
      EXPECT_EQ(metric.probe(source), 100) << bands << " bands, " << bits << " bits";
    }
  }
}

TEST_F(Ssimulacra2Test, AnySizeFromOnePixelUpIsMeasured) {
  for (int width = 1; width <= 18; ++width) {
    for (const int height : {1, 2, 3, 7, 8, 13, 17}) {
      const Pixels source = made_pixels(width, height);
      Pixels other = source;
      for (std::uint8_t& byte : other.bytes) {
        byte = static_cast<std::uint8_t>(byte / 2);
      }
      const Ssimulacra2 metric(source);
      EXPECT_EQ(metric.score(source), 100) << width << " x " << height;
      const double score = metric.score(other);
      EXPECT_TRUE(std::isfinite(score)) << width << " x " << height;
      EXPECT_LT(score, 95) << width << " x " << height;
      EXPECT_TRUE(std::isfinite(metric.probe(other))) << width << " x " << height;
    }
  }
}

TEST_F(Ssimulacra2Test, SmallPicturesCountAsIfTheirLastRowAndColumnWentOn) {
  const Pixels source = made_pixels(5, 6);
  const Pixels shown = degraded(source, 9);
  const auto continued = [](const Pixels& pixels) {
    Pixels out{.width = 8, .height = 8};
    for (int y = 0; y < 8; ++y) {
      for (int x = 0; x < 8; ++x) {
        const std::ptrdiff_t at = (std::min(y, 5) * 5 + std::min(x, 4)) * 3;
        out.bytes.insert(out.bytes.end(), pixels.bytes.begin() + at, pixels.bytes.begin() + at + 3);
      }
    }
    return out;
  };
  EXPECT_EQ(Ssimulacra2(source).score(shown), Ssimulacra2(continued(source)).score(continued(shown)));
}

TEST_F(Ssimulacra2Test, BetterJpegIsNeverWorthLess) {
  const Pixels source = made_pixels(256, 200);
  const Ssimulacra2 metric(source);
  double before = -std::numeric_limits<double>::infinity();
  for (const int way : {0, 1, 2, 4, 5}) {  // 15, 40, 65, 90, 97
    const double score = metric.score(degraded(source, way));
    EXPECT_GT(score, before) << "degradation " << way;
    before = score;
  }
}

TEST_F(Ssimulacra2Test, AQuickLookIsNearTheScoreAndKeepsTheOrder) {
  const Pixels source = made_pixels(320, 900);
  const Ssimulacra2 metric(source);
  double before = -std::numeric_limits<double>::infinity();
  for (const int way : {0, 1, 2, 4, 5}) {
    const Pixels shown = degraded(source, way);
    const double probe = metric.probe(shown);
    EXPECT_NEAR(probe, metric.score(shown), 0.7) << "degradation " << way;
    EXPECT_GT(probe, before) << "degradation " << way;
    before = probe;
  }
}

TEST_F(Ssimulacra2Test, AQuickLookAtASmallPictureIsTheScore) {
  const Pixels source = made_pixels(200, 300);
  const Pixels shown = degraded(source, 3);
  const Ssimulacra2 metric(source);
  EXPECT_EQ(metric.probe(shown), metric.score(shown));
}

TEST_F(Ssimulacra2Test, BigPicturesReadTheSameThoughLessIsKept) {
  const Pixels source = made_pixels(2'300, 2'200);  // past 5 megapixels
  const Pixels shown = degraded(source, 2);
  EXPECT_NEAR(Ssimulacra2(source).score(shown), reference_ssimulacra2(source, shown), 0.05);
}

TEST_F(Ssimulacra2Test, EveryProcessorsCodeReadsTheSame) {
  const Pixels source = made_pixels(203, 149);
  const Pixels shown = degraded(source, 3);
  const double best = Ssimulacra2(source).score(shown);
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    EXPECT_NEAR(Ssimulacra2(source).score(shown), best, 0.3) << hwy::TargetName(target);
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST_F(Ssimulacra2Test, AlphaIsWorthTheLowerOfBlackAndWhiteGround) {
  const Pixels colours = drawing(160, 120, 3);
  const Pixels source = with_alpha(colours, fading);
  const Pixels shown = with_alpha(degraded(colours, 0), fading);
  const double on_black = Ssimulacra2(laid_over(source, 0)).score(laid_over(shown, 0));
  const double on_white = Ssimulacra2(laid_over(source, 255)).score(laid_over(shown, 255));
  EXPECT_NE(on_black, on_white);
  EXPECT_EQ(Ssimulacra2(source).score(shown), std::min(on_black, on_white));
}

TEST_F(Ssimulacra2Test, LostTransparencyIsSeenWhicheverSideHasIt) {
  Pixels black = made_pixels(64, 64);
  std::fill(black.bytes.begin(), black.bytes.end(), std::uint8_t{0});
  const Pixels clear = with_alpha(black, invisible);
  EXPECT_LT(Ssimulacra2(clear).score(black), 0);  // equal on black ground, not on white
  EXPECT_LT(Ssimulacra2(black).score(clear), 0);
  EXPECT_EQ(Ssimulacra2(with_alpha(black, opaque)).score(black), 100);
}

TEST_F(Ssimulacra2Test, WhatCannotBeSeenDoesNotCount) {
  const Pixels source = with_alpha(made_pixels(64, 64), invisible);
  const Pixels other = with_alpha(drawing(64, 64, 1), invisible);
  EXPECT_EQ(Ssimulacra2(source).score(other), 100);
}

TEST_F(Ssimulacra2Test, AnotherSizeIsWorthNothing) {
  EXPECT_EQ(Ssimulacra2(made_pixels(40, 30)).score(made_pixels(30, 40)), -std::numeric_limits<double>::infinity());
}

TEST_F(Ssimulacra2Test, OnlyTheFirstFrameOfAnAnimationCounts) {
  const Pixels source = made_pixels(60, 40, 3, 8, 3);
  Pixels first = source;
  first.frames = 1;
  first.delays.clear();
  first.bytes.resize(first.frame_bytes());
  EXPECT_EQ(Ssimulacra2(source).score(first), 100);
}

TEST_F(Ssimulacra2Test, ALongStripIsMeasuredToo) {
  const Pixels source = made_pixels(1, 20'000);
  Pixels other = source;
  other.bytes[30'000] = static_cast<std::uint8_t>(other.bytes[30'000] ^ 0x80U);
  EXPECT_LT(Ssimulacra2(source).score(other), 100);
}

}  // namespace
}  // namespace pictor::imaging
