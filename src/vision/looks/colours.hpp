#pragma once

#include <array>
#include <string>
#include <vector>

#include "domain/facts.hpp"
#include "vision/pixels.hpp"

namespace pictor::vision {

/// The main colours, largest share first, at most 6: k-means in OKLab (Ottosson 2020) over a grid of samples, with
/// near-equal means joined and shares under 3 % left out. The same picture always gives the same colours.
[[nodiscard]] std::vector<domain::ColourShare> main_colours(const Pixels& pixels);

/// L 0..1, a, b about −0.4..0.4 of an sRGB colour of 0..255.
[[nodiscard]] std::array<double, 3> to_oklab(double red, double green, double blue);

/// The everyday English word of an sRGB colour: `black`, `light grey`, `dark blue`, `brown`, `beige`, …
[[nodiscard]] std::string colour_name(double red, double green, double blue);

}  // namespace pictor::vision
