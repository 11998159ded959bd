// Made by tools/fit_quality; not to be edited.
// 14 pictures, 1176 encodes; the curves are of effort 4.
#include <algorithm>
#include <array>

#include "imaging/promise/score_curve.hpp"

namespace pictor::imaging {
namespace {

constexpr std::array kJpegPoints = {CurvePoint{8, 21.92},  CurvePoint{20, 48.82}, CurvePoint{32, 60.25},
                                    CurvePoint{45, 63.72}, CurvePoint{57, 67.73}, CurvePoint{68, 73.09},
                                    CurvePoint{77, 76.09}, CurvePoint{84, 79.44}, CurvePoint{89, 83.17},
                                    CurvePoint{93, 86.33}, CurvePoint{97, 89.46}, CurvePoint{100, 91.38}};
constexpr std::array kWebpPoints = {CurvePoint{8, 29.13},  CurvePoint{20, 43.18}, CurvePoint{32, 52.62},
                                    CurvePoint{45, 60.04}, CurvePoint{57, 64.30}, CurvePoint{68, 68.55},
                                    CurvePoint{77, 72.27}, CurvePoint{84, 78.12}, CurvePoint{89, 82.43},
                                    CurvePoint{93, 85.23}, CurvePoint{97, 87.56}, CurvePoint{100, 88.26}};
constexpr std::array kAvifPoints = {CurvePoint{8, 21.97},  CurvePoint{20, 44.16}, CurvePoint{32, 60.83},
                                    CurvePoint{45, 72.67}, CurvePoint{57, 78.59}, CurvePoint{68, 82.53},
                                    CurvePoint{77, 85.37}, CurvePoint{84, 87.97}, CurvePoint{89, 89.36},
                                    CurvePoint{93, 90.41}, CurvePoint{97, 91.04}, CurvePoint{100, 91.39}};
constexpr std::array kJxlPoints = {CurvePoint{8, 29.67},  CurvePoint{20, 46.44}, CurvePoint{32, 56.34},
                                   CurvePoint{45, 63.19}, CurvePoint{57, 67.43}, CurvePoint{68, 72.80},
                                   CurvePoint{77, 77.74}, CurvePoint{84, 81.62}, CurvePoint{89, 85.18},
                                   CurvePoint{93, 88.45}, CurvePoint{97, 92.09}, CurvePoint{100, 96.64}};

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

double effort_gain(domain::ImageFormat format, int effort) {
  // Measured from effort 1 to 4; the steps above add little.
  const double share = std::clamp(effort - 1, 0, 4) / 3.0;
  switch (format) {
    case domain::ImageFormat::kJpeg:
      return 0.00 * share;
    case domain::ImageFormat::kWebp:
      return 0.06 * share;
    case domain::ImageFormat::kAvif:
      return 0.08 * share;
    case domain::ImageFormat::kJxl:
      return 0.00 * share;
    default:
      return 0;
  }
}

}  // namespace pictor::imaging
