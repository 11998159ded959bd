// Made by tools/fit_quality; not to be edited.
// 14 pictures, 448 encodes at effort 4.
#include <array>

#include "imaging/promise/score_curve.hpp"

namespace pictor::imaging {
namespace {

constexpr std::array kJpegPoints = {
    CurvePoint{5, 16.00},  CurvePoint{15, 45.96}, CurvePoint{25, 60.99}, CurvePoint{35, 66.04},
    CurvePoint{45, 69.25}, CurvePoint{55, 72.07}, CurvePoint{65, 75.79}, CurvePoint{72, 78.13},
    CurvePoint{78, 80.73}, CurvePoint{84, 81.94}, CurvePoint{88, 85.22}, CurvePoint{91, 87.14},
    CurvePoint{94, 89.18}, CurvePoint{97, 91.63}, CurvePoint{99, 93.28}, CurvePoint{100, 93.61}};
constexpr std::array kWebpPoints = {
    CurvePoint{5, 35.10},  CurvePoint{15, 48.32}, CurvePoint{25, 55.28}, CurvePoint{35, 59.69}, CurvePoint{45, 64.09},
    CurvePoint{55, 67.30}, CurvePoint{65, 70.20}, CurvePoint{72, 71.51}, CurvePoint{78, 74.30}, CurvePoint{84, 78.51},
    CurvePoint{88, 81.49}, CurvePoint{91, 83.77}, CurvePoint{94, 86.35}, CurvePoint{97, 87.98}, CurvePoint{99, 88.98}};
constexpr auto kAvifPoints = kWebpPoints;
constexpr auto kJxlPoints = kWebpPoints;

}  // namespace

ScoreCurve typical_curve(domain::ImageFormat format) {
  switch (format) {
    case domain::ImageFormat::kWebp:
      return ScoreCurve(kWebpPoints);
    case domain::ImageFormat::kAvif:
      return ScoreCurve(kAvifPoints);
    case domain::ImageFormat::kJxl:
      return ScoreCurve(kJxlPoints);
    default:
      return ScoreCurve(kJpegPoints);
  }
}

double effort_gain(domain::ImageFormat /*format*/, int /*effort*/) { return 0; }

}  // namespace pictor::imaging
