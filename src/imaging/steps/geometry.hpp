#pragma once

#include <array>
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

/// A point of the picture, 0..1 from its top left.
using Focus = std::array<double, 2>;

/// As sharp's resize: with one side the other follows; without `enlarge` nothing grows (cover then crops to what there
/// is, contain pads around the picture's own size).
/// @param width, height  px of the upright picture
/// @param focus  what gravities `focal` and `smart` keep as near to the middle as the edges allow
[[nodiscard]] Geometry geometry_of(int width, int height, const std::optional<domain::Resize>& resize,
                                   const Focus& focus = {0.5, 0.5});

/// The same result scaled down to `target` px width, for responsive variants; never enlarged.
[[nodiscard]] Geometry narrowed(const Geometry& full, int target);

/// Where everything lies in one result: its resized part, and what is added around that.
struct Placement {
  Geometry geometry;
  domain::Sides pad;
  double factor = 1;  ///< of a responsive variant to the full result: lengths given in px of that shrink with it

  [[nodiscard]] int width() const { return geometry.width + pad.left + pad.right; }
  [[nodiscard]] int height() const { return geometry.height + pad.top + pad.bottom; }
};

/// `dpr` multiplies what resize asks for. @param width, height  px after rotation, crop and trim
[[nodiscard]] Placement placement_of(int width, int height, const domain::ExportSettings& settings, const Focus& focus);
/// `target` px wide with its pads; never enlarged.
[[nodiscard]] Placement narrowed(const Placement& full, int target);

}  // namespace pictor::imaging
