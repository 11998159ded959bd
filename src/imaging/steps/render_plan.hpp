#pragma once

#include "domain/export_settings.hpp"
#include "imaging/steps/geometry.hpp"

namespace pictor::imaging {

/// Everything that the steps need to know of one output. Constant: steps share nothing else.
struct RenderPlan {
  int orientation = 1;  ///< EXIF 1..8, of the pixels as decoded
  Geometry geometry;
  domain::Rgb background;
  bool output_has_alpha = true;
  bool keep_profile = true;  ///< else the pixels become sRGB
  int frames = 1;            ///< frames in the tall image
};

}  // namespace pictor::imaging
