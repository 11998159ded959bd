#pragma once

#include <span>

#include "domain/format.hpp"

namespace pictor::imaging {

/// One point of what an encoder usually gives.
struct CurvePoint {
  double quality = 0;  ///< the encoder's own scale
  double score = 0;    ///< SSIMULACRA2, mean of the fitting pictures
};

/// How the score of an ordinary picture grows with an encoder's quality: monotone, straight between its points, and
/// beyond them on with the slope of the last two.
class ScoreCurve {
 public:
  /// @param points  two or more, both numbers strictly rising; must outlive the curve
  explicit constexpr ScoreCurve(std::span<const CurvePoint> points) : points_(points) {}
  [[nodiscard]] double score_at(double quality) const;
  [[nodiscard]] double quality_for(double score) const;

 private:
  std::span<const CurvePoint> points_;
};

/// The fitted curve of a format's encoder (tools/fit_quality says how it was made).
[[nodiscard]] ScoreCurve typical_curve(domain::ImageFormat format);

/// Points of SSIMULACRA2 that an effort gives more than the least one at equal quality, median over the fitting
/// pictures; may be negative.
[[nodiscard]] double effort_gain(domain::ImageFormat format, int effort);

}  // namespace pictor::imaging
