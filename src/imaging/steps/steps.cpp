#include "imaging/steps/steps.hpp"

#include <vector>

#include "imaging/probe/icc_description.hpp"

namespace pictor::imaging {
namespace {

using vips::VImage;

bool is_grey(const VImage& image) {
  return image.interpretation() == VIPS_INTERPRETATION_B_W || image.interpretation() == VIPS_INTERPRETATION_GREY16;
}

bool has_profile(const VImage& image) { return image.get_typeof(VIPS_META_ICC_NAME) != 0; }

bool profile_is_srgb(const VImage& image) {
  std::size_t length = 0;
  const auto* bytes = static_cast<const std::uint8_t*>(image.get_blob(VIPS_META_ICC_NAME, &length));
  return icc_description({bytes, length}).find("sRGB") != std::string::npos;
}

/// sRGB or grey of the same depth, or 8 bits where the depth is unusual.
VImage to_standard(VImage image) {
  const VipsInterpretation kind = image.interpretation();
  if (kind == VIPS_INTERPRETATION_sRGB || kind == VIPS_INTERPRETATION_B_W || kind == VIPS_INTERPRETATION_RGB16 ||
      kind == VIPS_INTERPRETATION_GREY16) {
    const bool wide = kind == VIPS_INTERPRETATION_RGB16 || kind == VIPS_INTERPRETATION_GREY16;
    const VipsBandFormat expected = wide ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR;
    return image.format() == expected
               ? image
               : image.colourspace(is_grey(image) ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB);
  }
  return image.colourspace(image.bands() <= 2 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB);
}

VImage with_profile(VImage image) {
  vips::VOption* options = VImage::option()
                               ->set("embedded", true)
                               ->set("intent", VIPS_INTENT_PERCEPTUAL)
                               ->set("depth", image.format() == VIPS_FORMAT_USHORT ? 16 : 8);
  if (image.interpretation() == VIPS_INTERPRETATION_CMYK && !has_profile(image)) {
    options->set("input_profile", "cmyk");
  }
  return image.icc_transform("srgb", options);
}

VImage without_profile(VImage image) {
  VImage copy = image.copy();
  copy.remove(VIPS_META_ICC_NAME);
  return copy;
}

/// Applies `body` to each frame of a tall image and stacks them again.
template <class Body>
VImage each_frame(const VImage& image, int frames, Body&& body) {
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

VImage scale_frame(const VImage& frame, int width, int height) {
  vips::VOption* options = VImage::option()
                               ->set("kernel", VIPS_KERNEL_LANCZOS3)
                               ->set("vscale", static_cast<double>(height) / frame.height());
  VImage scaled = frame.resize(static_cast<double>(width) / frame.width(), options);
  // libvips rounds on its own; the plan's size is what was promised.
  if (scaled.width() != width || scaled.height() != height) {
    scaled = scaled.gravity(VIPS_COMPASS_DIRECTION_NORTH_WEST, width, height,
                            VImage::option()->set("extend", VIPS_EXTEND_COPY));
  }
  return scaled;
}

std::vector<double> padding_colour(const VImage& image, const RenderPlan& plan) {
  const double unit = image.format() == VIPS_FORMAT_USHORT ? 257 : 1;
  std::vector<double> colour = {plan.background.red * unit, plan.background.green * unit, plan.background.blue * unit};
  if (image.bands() <= 2) {
    colour = {(0.2126 * plan.background.red + 0.7152 * plan.background.green + 0.0722 * plan.background.blue) * unit};
  }
  if (image.has_alpha()) {
    colour.push_back(255 * unit);
  }
  return colour;
}

}  // namespace

VImage colour(VImage image, const RenderPlan& plan) {
  const bool is_cmyk = image.interpretation() == VIPS_INTERPRETATION_CMYK;
  const bool profiled = has_profile(image);
  if (!is_cmyk && (!profiled || (plan.keep_profile && !profile_is_srgb(image)))) {
    return to_standard(std::move(image));
  }
  if (!is_cmyk && profile_is_srgb(image)) {
    // The same meaning without the profile's bytes.
    return without_profile(to_standard(std::move(image)));
  }
  try {
    return without_profile(to_standard(with_profile(image)));
  } catch (const vips::VError&) {
    // A broken profile: what the numbers say without it is nearer than nothing.
    vips_error_clear();
    return to_standard(without_profile(image));
  }
}

VImage orient(VImage image, const RenderPlan& plan) {
  if (plan.orientation == 1) {
    return image;
  }
  // Frames lie below each other in a file that is read from the top; turned, they are wanted in another order.
  const VImage source = plan.frames > 1 ? image.copy_memory() : image;
  return each_frame(source, plan.frames, [&](const VImage& frame) {
    VImage turned = frame.copy();
    turned.set(VIPS_META_ORIENTATION, plan.orientation);
    return turned.autorot();
  });
}

VImage resize(VImage image, const RenderPlan& plan) {
  const Geometry& geometry = plan.geometry;
  if (!geometry.scales(image.width(), image.height() / plan.frames)) {
    return image;
  }
  return each_frame(image, plan.frames, [&](const VImage& frame) {
    if (!frame.has_alpha()) {
      return scale_frame(frame, geometry.scaled_width, geometry.scaled_height);
    }
    const VipsBandFormat format = frame.format();
    const double maximum = format == VIPS_FORMAT_USHORT ? 65'535 : 255;
    const VImage premultiplied = frame.premultiply(VImage::option()->set("max_alpha", maximum));
    const VImage scaled = scale_frame(premultiplied, geometry.scaled_width, geometry.scaled_height);
    return scaled.unpremultiply(VImage::option()->set("max_alpha", maximum)).cast(format);
  });
}

VImage place(VImage image, const RenderPlan& plan) {
  const Geometry& geometry = plan.geometry;
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
      result = result.embed(
          std::max(0, -geometry.left), std::max(0, -geometry.top), geometry.width, geometry.height,
          VImage::option()->set("extend", VIPS_EXTEND_BACKGROUND)->set("background", padding_colour(result, plan)));
    }
    return result;
  });
}

VImage flatten(VImage image, const RenderPlan& plan) {
  if (!image.has_alpha() || plan.output_has_alpha) {
    return image;
  }
  std::vector<double> background = padding_colour(image, plan);
  background.pop_back();
  const double maximum = image.format() == VIPS_FORMAT_USHORT ? 65'535 : 255;
  return image.flatten(VImage::option()->set("background", background)->set("max_alpha", maximum));
}

}  // namespace pictor::imaging
