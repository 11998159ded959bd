#pragma once

#include <optional>
#include <vips/vips8>

#include "domain/export_settings.hpp"
#include "imaging/steps/geometry.hpp"

namespace pictor::imaging {

/// Everything that the steps need to know of one output. Constant: steps share nothing else.
struct RenderPlan {
  int orientation = 1;  ///< EXIF 1..8, of the pixels as decoded
  domain::Edits edits;
  Placement placement;  ///< known once the source's steps have run
  domain::Rgb background;
  bool output_has_alpha = true;
  bool keep_profile = true;               ///< else the pixels become sRGB
  int frames = 1;                         ///< frames in the tall image
  std::optional<vips::VImage> watermark;  ///< sRGB with alpha, in memory
};

/// Where a point of the upright picture lies after a step: (xx·x + xy·y + x0, yx·x + yy·y + y0), px.
struct Affine {
  double xx = 1, xy = 0, x0 = 0;
  double yx = 0, yy = 1, y0 = 0;

  [[nodiscard]] std::array<double, 2> apply(double x, double y) const {
    return {xx * x + xy * y + x0, yx * x + yy * y + y0};
  }
  /// First this, then `next`.
  [[nodiscard]] Affine then(const Affine& next) const {
    return {next.xx * xx + next.xy * yx, next.xx * xy + next.xy * yy, next.xx * x0 + next.xy * y0 + next.x0,
            next.yx * xx + next.yy * yx, next.yx * xy + next.yy * yy, next.yx * x0 + next.yy * y0 + next.y0};
  }
};

/// The picture on its way through the source's steps. A decoder may have left pixels out, so that `image` is smaller
/// than the size in force; coordinates of requests are of the latter.
struct Canvas {
  vips::VImage image;
  int width = 1;   ///< px of the whole picture
  int height = 1;  ///< px of one frame
  Affine from_upright;
};

}  // namespace pictor::imaging
