#include <utility>

#include "imaging/probe/icc_description.hpp"
#include "imaging/steps/steps.hpp"

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

VImage in_output_colours(const VImage& image, const RenderPlan& plan) {
  const bool is_cmyk = image.interpretation() == VIPS_INTERPRETATION_CMYK;
  const bool profiled = has_profile(image);
  if (!is_cmyk && (!profiled || (plan.keep_profile && !profile_is_srgb(image)))) {
    return to_standard(image);
  }
  if (!is_cmyk && profile_is_srgb(image)) {
    // The same meaning without the profile's bytes.
    return without_profile(to_standard(image));
  }
  try {
    return without_profile(to_standard(with_profile(image)));
  } catch (const vips::VError&) {
    // A broken profile: what the numbers say without it is nearer than nothing.
    vips_error_clear();
    return to_standard(without_profile(image));
  }
}

}  // namespace

Result<Canvas> colour(Canvas canvas, const RenderPlan& plan) {
  canvas.image = in_output_colours(canvas.image, plan);
  return canvas;
}

}  // namespace pictor::imaging
