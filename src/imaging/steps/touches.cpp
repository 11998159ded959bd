#include <algorithm>

#include "imaging/steps/frames.hpp"
#include "imaging/steps/steps.hpp"

namespace pictor::imaging {
namespace {

using vips::VImage;

constexpr double kLeastSigma = 0.3;

}  // namespace

VImage blur(VImage image, const RenderPlan& plan) {
  if (!plan.edits.blur) {
    return image;
  }
  const double sigma = std::max(kLeastSigma, *plan.edits.blur * plan.placement.factor);
  return each_frame(image, plan.frames, [&](const VImage& frame) {
    if (!frame.has_alpha()) {
      return frame.gaussblur(sigma);
    }
    return frame.premultiply().gaussblur(sigma).unpremultiply().cast(frame.format());
  });
}

VImage sharpen(VImage image, const RenderPlan& plan) {
  if (!plan.edits.sharpen) {
    return image;
  }
  return each_frame(image, plan.frames, [&](const VImage& frame) {
    return frame
        .sharpen(VImage::option()
                     ->set("sigma", *plan.edits.sharpen)
                     ->set("x1", 2.0)
                     ->set("y2", 10.0)
                     ->set("y3", 20.0)
                     ->set("m1", 1.0)
                     ->set("m2", 2.0))
        .cast(frame.format());
  });
}

}  // namespace pictor::imaging
