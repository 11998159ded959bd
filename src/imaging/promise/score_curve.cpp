#include "imaging/promise/score_curve.hpp"

#include <algorithm>
#include <array>

namespace pictor::imaging {
namespace {

/// The two neighbours that decide at `value`, by one of the point's two numbers.
std::pair<CurvePoint, CurvePoint> around(std::span<const CurvePoint> points, double value, double CurvePoint::* of) {
  std::size_t upper = 1;
  while (upper + 1 < points.size() && points[upper].*of < value) {
    ++upper;
  }
  return {points[upper - 1], points[upper]};
}

double between(const CurvePoint& low, const CurvePoint& high, double value, double CurvePoint::* from,
               double CurvePoint::* to) {
  const double part = (value - low.*from) / (high.*from - low.*from);
  return low.*to + part * (high.*to - low.*to);
}

}  // namespace

double ScoreCurve::score_at(double quality) const {
  const auto [low, high] = around(points_, quality, &CurvePoint::quality);
  return between(low, high, quality, &CurvePoint::quality, &CurvePoint::score);
}

double ScoreCurve::quality_for(double score) const {
  const auto [low, high] = around(points_, score, &CurvePoint::score);
  return between(low, high, score, &CurvePoint::score, &CurvePoint::quality);
}

}  // namespace pictor::imaging
