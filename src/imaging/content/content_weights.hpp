#pragma once

#include <array>

#include "imaging/content/features.hpp"

// Written by tools/fit_content, which says how.
// On the half that was not fitted (rows: kind, columns: guessed photo, drawing, text, icon, screenshot):
//   photo       134    1    0    0    0   99.3% right
//   drawing       1  358   19    2   24   88.6% right
//   text          1    1   59    0    0   96.7% right
//   icon          0    0    0  203    0   100.0% right
//   screenshot    0    4    1    0   93   94.9% right
// 4:4:4 (halved chroma alone costs more than 10 points): found 95.6% of 367, wrongly 18.4% of 534.
namespace pictor::imaging {

/// Share of 2 × 2 with hard chroma above which 4:2:0 would be seen.
inline constexpr double kHardChroma = 0.003672;

/// For each Content: a weight for each feature, and a constant.
// clang-format off
inline constexpr std::array<std::array<double, kFeatures + 1>, 5> kContentWeights{{
    {0.78386, -14.252, -4.8697, 15.059, 3.3408, -13.636, -22.939, 5.5433, -3.01, -2.3214, -0.57917, -0.97441, -1.157, -1.1231, -9.4873, 3.5285, 10.82},  // photo
    {0.11108, -0.049594, -0.059145, -1.4365, -15.8, 33.12, 1.2162, -1.1036, -4.1444, -0.19244, 0.22891, -2.1031, 0.4546, -3.4118, 25.965, 11.133, 9.7433},  // drawing
    {1.2398, 1.1644, -3.4882, -7.3107, 21.501, 30.393, 1.0169, -3.3897, 17.551, 3.8781, -0.0028681, -0.67781, 3.1998, 2.8589, -20.507, -6.1262, -45.751},  // text
    {-2.7069, 0.0018073, 0.43195, -4.2535, 2.7179, 7.7965, 3.8686, -0.80332, -3.6191, -0.80109, 0.2933, -0.81, 0.04503, -0.66878, -5.3417, 5.4614, 50.541},  // icon
    {0.57213, 13.135, 7.9847, -2.058, -11.76, -57.682, 16.836, -0.2466, -6.7769, -0.56326, 0.058663, 4.5653, -2.5424, 2.3449, 9.3749, -13.997, -22.134},  // screenshot
}};
// clang-format on

}  // namespace pictor::imaging
