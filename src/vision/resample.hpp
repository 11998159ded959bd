#pragma once

#include <vector>

#include "vision/pixels.hpp"

namespace pictor::vision {

/// A part of a picture in its pixels; may lie between pixels.
struct Region {
  double left = 0;
  double top = 0;
  double width = 0;
  double height = 0;
};

[[nodiscard]] Region whole(const Pixels& pixels);

/// kBicubic is Keys' kernel with a = −0.5. Both widen with the scale when shrinking (no aliasing), as Pillow's do.
enum class Filter { kBilinear, kBicubic };

/// Scales `region` of the picture to width × height.
/// @return float32 [height, width, 3], RGB, 0..255 (bicubic is clamped to that)
[[nodiscard]] std::vector<float> resample(const Pixels& pixels, const Region& region, int width, int height,
                                          Filter filter);

/// The same as 8-bit pixels.
[[nodiscard]] Picture resized(const Pixels& pixels, int width, int height, Filter filter);

/// [height, width, 3] to [3, height, width].
[[nodiscard]] std::vector<float> to_planar(const std::vector<float>& interleaved);

}  // namespace pictor::vision
