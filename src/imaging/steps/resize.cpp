#include <algorithm>

#include "imaging/steps/frames.hpp"
#include "imaging/steps/steps.hpp"

namespace pictor::imaging {
namespace {

using vips::VImage;

VImage scaled(const VImage& frame, int width, int height) {
  VImage result = frame.resize(static_cast<double>(width) / frame.width(),
                               VImage::option()
                                   ->set("kernel", VIPS_KERNEL_LANCZOS3)
                                   ->set("vscale", static_cast<double>(height) / frame.height()));
  // libvips rounds on its own; the plan's size is what was promised.
  if (result.width() != width || result.height() != height) {
    result = result.gravity(VIPS_COMPASS_DIRECTION_NORTH_WEST, width, height,
                            VImage::option()->set("extend", VIPS_EXTEND_COPY));
  }
  return result;
}

/// Light adds up, not the numbers that stand for it: averaged as they are, thin bright lines on dark ground fade.
/// Profiles that are kept are taken to have about sRGB's curve, as Display P3 has.
VImage scaled_in_linear_light(const VImage& frame, int width, int height) {
  VImage linear = frame.colourspace(VIPS_INTERPRETATION_scRGB);
  if (frame.has_alpha()) {
    linear = scaled(linear.premultiply(), width, height).unpremultiply();
  } else {
    linear = scaled(linear, width, height);
  }
  return linear.colourspace(frame.interpretation()).cast(frame.format());
}

}  // namespace

VImage resize(VImage image, const RenderPlan& plan) {
  const Geometry& geometry = plan.placement.geometry;
  if (!geometry.scales(image.width(), image.height() / plan.frames)) {
    return image;
  }
  return each_frame(image, plan.frames, [&](const VImage& frame) {
    return scaled_in_linear_light(frame, geometry.scaled_width, geometry.scaled_height);
  });
}

}  // namespace pictor::imaging
