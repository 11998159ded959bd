#include "imaging/promise/quality_finder.hpp"

#include <array>
#include <cmath>
#include <gtest/gtest.h>

namespace pictor::imaging {
namespace {

constexpr std::array kPoints = {CurvePoint{1, 10}, CurvePoint{30, 45}, CurvePoint{60, 65}, CurvePoint{90, 85},
                                CurvePoint{100, 95}};
constexpr ScoreCurve kCurve{kPoints};

/// A picture that loses `ratio` times what the ordinary one loses at quality 60, and more or less beside it.
double picture(double quality, double ratio, double drift) {
  return 100 - (100 - kCurve.score_at(quality)) * ratio * std::exp(drift * (quality - 60));
}

TEST(ScoreCurve, ReadsBothWays) {
  EXPECT_DOUBLE_EQ(kCurve.score_at(75), 75);
  EXPECT_DOUBLE_EQ(kCurve.quality_for(75), 75);
  for (const double quality : {1.0, 12.0, 30.0, 77.0, 100.0}) {
    EXPECT_NEAR(kCurve.quality_for(kCurve.score_at(quality)), quality, 1e-9);
  }
  EXPECT_GT(kCurve.score_at(110), 95) << "goes on beyond its points";
}

TEST(QualityFinder, SettlesInThreeTriesOnPicturesUnlikeTheOrdinaryOne) {
  for (const double ratio : {0.6, 0.85, 1.0, 1.2, 1.4}) {
    for (const double drift : {-0.004, 0.0, 0.006}) {
      QualityFinder finder(kCurve, {.target = 70}, kCurve.quality_for(70));
      int tries = 0;
      while (!finder.settled() && tries < 10) {
        finder.tried(finder.next(), picture(finder.next(), ratio, drift));
        ++tries;
      }
      EXPECT_LE(tries, 3) << ratio << " " << drift;
      ASSERT_TRUE(finder.best()) << ratio << " " << drift;
    }
  }
}

TEST(QualityFinder, EndsWhereTheFormatEnds) {
  QualityFinder finder(kCurve, {.target = 90}, 95);
  int tries = 0;
  while (!finder.settled() && tries < 10) {
    finder.tried(finder.next(), std::min(88.0, picture(finder.next(), 1, 0)));
    ++tries;
  }
  EXPECT_TRUE(finder.settled());
  EXPECT_FALSE(finder.best());
  EXPECT_EQ(finder.next(), 100) << "the best there is was tried";
}

TEST(QualityFinder, WithWholeStepsTheLowestThatKeepsThePromiseIsTheBest) {
  QualityFinder finder(kCurve, {.target = 70, .step = 1, .above = 0.05}, 60);
  std::vector<std::pair<double, double>> tries;
  while (!finder.settled() && tries.size() < 12) {
    const double quality = std::round(finder.next());
    const double score = picture(quality, 1.1, 0.001);
    tries.emplace_back(quality, score);
    finder.tried(quality, score);
  }
  ASSERT_TRUE(finder.best());
  const auto [quality, score] = tries[*finder.best()];
  EXPECT_GE(score, 69.8);
  EXPECT_LT(picture(quality - 2, 1.1, 0.001), 69.8);
}

TEST(QualityFinder, NoiseInScoresNeverSendsItFarAway) {
  QualityFinder finder(kCurve, {.target = 70}, 67);
  finder.tried(67, 69.0);
  const double second = finder.next();
  finder.tried(second, 68.9);  // a higher quality read lower
  EXPECT_LT(std::abs(finder.next() - second), 15);
}

}  // namespace
}  // namespace pictor::imaging
