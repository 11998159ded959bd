#include <algorithm>

#include "imaging/steps/frames.hpp"
#include "imaging/steps/steps.hpp"

namespace pictor::imaging {
namespace {

using vips::VImage;

VImage embedded(const VImage& frame, int left, int top, int width, int height, const RenderPlan& plan) {
  return frame.embed(
      left, top, width, height,
      VImage::option()->set("extend", VIPS_EXTEND_BACKGROUND)->set("background", background_of(frame, plan)));
}

}  // namespace

VImage place(VImage image, const RenderPlan& plan) {
  const Geometry& geometry = plan.placement.geometry;
  if (!geometry.crops() && !geometry.pads()) {
    return image;
  }
  return each_frame(image, plan.frames, [&](const VImage& frame) {
    VImage result = frame;
    if (geometry.crops()) {
      const int width = std::min(geometry.width, frame.width());
      const int height = std::min(geometry.height, frame.height());
      result = result.crop(std::max(0, geometry.left), std::max(0, geometry.top), width, height);
    }
    if (geometry.pads()) {
      result = embedded(result, std::max(0, -geometry.left), std::max(0, -geometry.top), geometry.width,
                        geometry.height, plan);
    }
    return result;
  });
}

VImage pad(VImage image, const RenderPlan& plan) {
  const domain::Sides& sides = plan.placement.pad;
  if (!sides.any()) {
    return image;
  }
  return each_frame(image, plan.frames, [&](const VImage& frame) {
    return embedded(frame, sides.left, sides.top, frame.width() + sides.left + sides.right,
                    frame.height() + sides.top + sides.bottom, plan);
  });
}

VImage flatten(VImage image, const RenderPlan& plan) {
  if (!image.has_alpha() || plan.output_has_alpha) {
    return image;
  }
  std::vector<double> background = background_of(image, plan);
  background.pop_back();
  return image.flatten(VImage::option()->set("background", background)->set("max_alpha", sample_maximum(image)));
}

}  // namespace pictor::imaging
