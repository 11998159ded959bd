#pragma once

#include <array>

#include "imaging/content/features.hpp"

// Written by tools/fit_content, which says how.
// On the half that was not fitted (rows: kind, columns: guessed photo, drawing, text, icon, screenshot):
//   photo       135    0    0    0    0   100.0% right
//   drawing       1  359   20    2   22   88.9% right
//   text          1    1   59    0    0   96.7% right
//   icon          0    0    0  203    0   100.0% right
//   screenshot    1    4    1    0   92   93.9% right
// 4:4:4 (halved chroma alone costs more than 10 points): found 97.0% of 367, wrongly 18.2% of 534.
namespace pictor::imaging {

/// Share of 2 × 2 with hard chroma above which 4:2:0 would be seen.
inline constexpr double kHardChroma = 0.0035837;

/// For each Content: a weight for each feature, and a constant.
// clang-format off
inline constexpr std::array<std::array<double, kFeatures + 1>, 5> kContentWeights{{
    {0.78265, -14.257, -4.7977, 15.094, 3.3873, -14.476, -23.879, 5.2174, -3.0735, -2.1276, -0.54691, -1.03, -1.1509, -1.0442, -9.519, 3.3125, 11.038},  // photo
    {0.10846, -0.21273, -0.27086, -0.67621, -17.368, 35.057, 1.8628, -0.77134, -3.8908, -0.35928, 0.2292, -2.1899, 0.45804, -3.4443, 26.787, 11.073, 10.081},  // drawing
    {1.2312, 0.87583, -3.4229, -6.4142, 19.884, 28.671, 0.13119, -4.2278, 16.889, 4.451, 0.048645, -0.62238, 3.2074, 3.0938, -24.559, -6.4085, -45.341},  // text
    {-2.7082, -0.073881, 0.39435, -4.2343, 2.4593, 8.5024, 4.5045, -0.40345, -3.4412, -0.79858, 0.29585, -0.84245, 0.021816, -0.70217, -4.6011, 5.4071, 50.458},  // icon
    {0.58589, 13.668, 8.0971, -3.769, -8.3627, -57.755, 17.381, 0.18516, -6.4836, -1.1655, -0.026776, 4.6848, -2.5363, 2.097, 11.892, -13.384, -22.935},  // screenshot
}};
// clang-format on

}  // namespace pictor::imaging
