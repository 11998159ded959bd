#pragma once

#include <array>
#include <string_view>
#include <vips/vips8>

#include "imaging/steps/render_plan.hpp"

namespace pictor::imaging {

// Each takes an image and gives the next one; lazily, as libvips does. @throw vips::VError

/// Turns the pixels as EXIF's orientation says, and forgets it.
[[nodiscard]] vips::VImage orient(vips::VImage image, const RenderPlan& plan);
/// To 8- or 16-bit sRGB or grey; CMYK always by its profile, else by a common press profile. A kept RGB profile leaves
/// its pixels alone.
[[nodiscard]] vips::VImage colour(vips::VImage image, const RenderPlan& plan);
/// Scales by Lanczos3, alpha premultiplied; every frame for itself.
[[nodiscard]] vips::VImage resize(vips::VImage image, const RenderPlan& plan);
/// Cuts or pads to the size of the result.
[[nodiscard]] vips::VImage place(vips::VImage image, const RenderPlan& plan);
/// Paints onto the background where the output format has no alpha.
[[nodiscard]] vips::VImage flatten(vips::VImage image, const RenderPlan& plan);

struct Step {
  std::string_view name;
  vips::VImage (*run)(vips::VImage image, const RenderPlan& plan);
};

// The order is behaviour: render_test.cpp compares it with docs/pipeline.md.
inline constexpr std::array kRenderSteps = {
    Step{"colour", colour}, Step{"orient", orient},   Step{"resize", resize},
    Step{"place", place},   Step{"flatten", flatten},
};

}  // namespace pictor::imaging
