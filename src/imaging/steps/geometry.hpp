#pragma once

#include <optional>

#include "domain/export_settings.hpp"

namespace pictor::imaging {

/// What resize does to a picture of a given size: scale, then cut or pad to `width` × `height`.
struct Geometry {
  int scaled_width = 0;  ///< px after scaling
  int scaled_height = 0;
  int width = 0;  ///< px of the result
  int height = 0;
  int left = 0;  ///< where the result begins in the scaled picture; negative: it is padded
  int top = 0;

  [[nodiscard]] bool scales(int from_width, int from_height) const {
    return scaled_width != from_width || scaled_height != from_height;
  }
  [[nodiscard]] bool crops() const { return width < scaled_width || height < scaled_height; }
  [[nodiscard]] bool pads() const { return width > scaled_width || height > scaled_height; }
};

/// As sharp's resize: with one side the other follows; without `enlarge` nothing grows (cover then crops to what there
/// is, contain pads around the picture's own size).
/// @param width, height  px of the upright picture
[[nodiscard]] Geometry geometry_of(int width, int height, const std::optional<domain::Resize>& resize);

/// The same result scaled down to `target` px width, for responsive variants; never enlarged.
[[nodiscard]] Geometry narrowed(const Geometry& full, int target);

}  // namespace pictor::imaging
