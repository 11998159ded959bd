#include "imaging/promise/size_finder.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace pictor::imaging {
namespace {

std::int64_t bytes_at(double quality, double scale) {
  return static_cast<std::int64_t>(scale * std::exp(0.0002 * quality * quality + 0.012 * quality));
}

TEST(SizeFinder, FillsTheBytesThatAreAllowed) {
  for (const double scale : {500.0, 20'000.0, 300'000.0}) {
    for (const double share : {1.5, 3.0, 7.0}) {
      const auto most = static_cast<std::int64_t>(scale * share);
      SizeFinder finder(most, 75, 0.1);
      std::int64_t best = 0;
      int tries = 0;
      while (!finder.settled()) {
        const std::int64_t bytes = bytes_at(finder.next(), scale);
        best = bytes <= most ? std::max(best, bytes) : best;
        finder.tried(finder.next(), bytes);
        ++tries;
      }
      EXPECT_LE(tries, 7) << scale << " " << share;
      EXPECT_GT(static_cast<double>(best), 0.95 * static_cast<double>(most)) << scale << " " << share;
    }
  }
}

TEST(SizeFinder, TriesTheLowestQualityBeforeItGivesUp) {
  SizeFinder finder(100, 75, 1);
  double lowest = 100;
  while (!finder.settled()) {
    lowest = std::min(lowest, finder.next());
    finder.tried(finder.next(), bytes_at(finder.next(), 5'000));
  }
  EXPECT_EQ(lowest, 1);
}

TEST(SizeFinder, StopsAtTheHighestQualityWhenEverythingFits) {
  SizeFinder finder(1'000'000'000, 75, 1);
  double highest = 0;
  while (!finder.settled()) {
    highest = std::max(highest, finder.next());
    finder.tried(finder.next(), bytes_at(finder.next(), 5'000));
  }
  EXPECT_EQ(highest, 100);
}

}  // namespace
}  // namespace pictor::imaging
