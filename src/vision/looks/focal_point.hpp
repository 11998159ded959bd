#pragma once

#include <array>
#include <vector>

#include "domain/facts.hpp"
#include "vision/pixels.hpp"

namespace pictor::vision {

/// Where a crop should stay, x and y in 0..1: the middle of the faces, else of the subject, else where the picture
/// differs most from its border and has most edges. Pure.
[[nodiscard]] std::array<double, 2> focal_point(const Pixels& pixels, const std::vector<domain::Face>& faces,
                                                const domain::Subject& subject);

}  // namespace pictor::vision
