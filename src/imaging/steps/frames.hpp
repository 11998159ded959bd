#pragma once

#include <vector>
#include <vips/vips8>

#include "imaging/steps/render_plan.hpp"

namespace pictor::imaging {

/// The pixels as they are now, to be read often and in any order. @throw vips::VError
[[nodiscard]] inline vips::VImage kept_in_memory(const vips::VImage& image) {
  vips::VImage kept = image.copy_memory().copy();
  kept.remove(VIPS_META_SEQUENTIAL);
  return kept;
}

/// For steps that read in another order than from the top: what a decoder gives line by line is kept whole.
/// @throw vips::VError
[[nodiscard]] inline vips::VImage in_memory(const vips::VImage& image) {
  return image.get_typeof(VIPS_META_SEQUENTIAL) == 0 ? image : kept_in_memory(image);
}

/// Applies `body` to each frame of a tall image and stacks them again. @throw vips::VError
template <class Body>
vips::VImage each_frame(const vips::VImage& image, int frames, Body&& body) {
  using vips::VImage;
  if (frames <= 1) {
    return body(image);
  }
  const int page = image.height() / frames;
  std::vector<VImage> pages;
  for (int i = 0; i < frames; ++i) {
    pages.push_back(body(image.crop(0, i * page, image.width(), page)));
  }
  VImage stacked = VImage::arrayjoin(pages, VImage::option()->set("across", 1)).copy();
  stacked.set(VIPS_META_PAGE_HEIGHT, pages.front().height());
  return stacked;
}

/// Largest value of a sample.
[[nodiscard]] inline double sample_maximum(const vips::VImage& image) {
  return image.format() == VIPS_FORMAT_USHORT ? 65'535 : 255;
}

/// The background in the image's own bands, opaque.
[[nodiscard]] inline std::vector<double> background_of(const vips::VImage& image, const RenderPlan& plan) {
  const double unit = sample_maximum(image) / 255;
  const domain::Rgb& rgb = plan.background;
  std::vector<double> colour = {rgb.red * unit, rgb.green * unit, rgb.blue * unit};
  if (image.bands() <= 2) {
    colour = {(0.2126 * rgb.red + 0.7152 * rgb.green + 0.0722 * rgb.blue) * unit};
  }
  if (image.has_alpha()) {
    colour.push_back(255 * unit);
  }
  return colour;
}

}  // namespace pictor::imaging
