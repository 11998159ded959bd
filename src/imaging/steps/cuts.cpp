#include <algorithm>
#include <cmath>

#include "imaging/steps/frames.hpp"
#include "imaging/steps/steps.hpp"

namespace pictor::imaging {
namespace {

using domain::Area;
using vips::VImage;

/// `area` of the whole picture, cut out of what was decoded of it.
Canvas cut(Canvas canvas, const Area& area, const RenderPlan& plan) {
  const int decoded_height = canvas.image.height() / plan.frames;
  const double factor_x = static_cast<double>(canvas.image.width()) / canvas.width;
  const double factor_y = static_cast<double>(decoded_height) / canvas.height;
  const auto scaled = [](int value, double factor) { return static_cast<int>(std::lround(value * factor)); };
  const int left = std::clamp(scaled(area.left, factor_x), 0, canvas.image.width() - 1);
  const int top = std::clamp(scaled(area.top, factor_y), 0, decoded_height - 1);
  const int width = std::clamp(scaled(area.width, factor_x), 1, canvas.image.width() - left);
  const int height = std::clamp(scaled(area.height, factor_y), 1, decoded_height - top);
  canvas.image =
      each_frame(canvas.image, plan.frames, [&](const VImage& frame) { return frame.crop(left, top, width, height); });
  canvas.from_upright =
      canvas.from_upright.then({1, 0, -static_cast<double>(area.left), 0, 1, -static_cast<double>(area.top)});
  canvas.width = area.width;
  canvas.height = area.height;
  return canvas;
}

/// What of one frame is not border; empty when it is of one colour. A clear corner means that the clear parts are the
/// border, whatever colour they hide.
Area inside_of(const VImage& frame, int threshold) {
  const double unit = sample_maximum(frame) / 255;
  std::vector<double> corner = frame.getpoint(0, 0);
  VImage looked_at = frame;
  if (frame.has_alpha()) {
    if (corner.back() == 0) {
      looked_at = frame.extract_band(frame.bands() - 1);
      corner = {0};
    } else {
      corner.pop_back();
      looked_at = frame.flatten(VImage::option()->set("background", corner));
    }
  }
  Area area{0, 0, 0, 0};
  area.left = looked_at.find_trim(&area.top, &area.width, &area.height,
                                  VImage::option()
                                      ->set("threshold", threshold * unit)
                                      ->set("background", corner)
                                      // No median filter: one pixel that differs is content.
                                      ->set("line_art", true));
  return area;
}

Area united(const Area& a, const Area& b) {
  const int left = std::min(a.left, b.left);
  const int top = std::min(a.top, b.top);
  return {left, top, std::max(a.left + a.width, b.left + b.width) - left,
          std::max(a.top + a.height, b.top + b.height) - top};
}

}  // namespace

Result<Canvas> crop(Canvas canvas, const RenderPlan& plan) {
  if (!plan.edits.crop) {
    return canvas;
  }
  const Area& area = *plan.edits.crop;
  if (area.left + area.width > canvas.width || area.top + area.height > canvas.height) {
    return fail_field("/settings/crop", "The rectangle reaches out of the picture, which has " +
                                            std::to_string(canvas.width) + " × " + std::to_string(canvas.height) +
                                            " pixels here, upright, turned and flipped.");
  }
  return cut(std::move(canvas), area, plan);
}

Result<Canvas> trim(Canvas canvas, const RenderPlan& plan) {
  if (!plan.edits.trim) {
    return canvas;
  }
  canvas.image = in_memory(canvas.image);
  const int frame_height = canvas.image.height() / plan.frames;
  Area inside{0, 0, 0, 0};
  for (int i = 0; i < plan.frames; ++i) {
    const VImage frame = canvas.image.crop(0, i * frame_height, canvas.image.width(), frame_height);
    const Area area = inside_of(frame, *plan.edits.trim);
    if (area.width > 0 && area.height > 0) {
      inside = inside.width == 0 ? area : united(inside, area);
    }
  }
  if (inside.width == 0) {
    return canvas;
  }
  return cut(std::move(canvas), inside, plan);
}

}  // namespace pictor::imaging
