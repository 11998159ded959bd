#pragma once

#include <array>
#include <string_view>
#include <vips/vips8>

#include "base/error.hpp"
#include "imaging/steps/render_plan.hpp"

namespace pictor::imaging {

// Steps of the source: once for all results. Lazily, as libvips does, but for what needs the picture in another order
// than it is read in. @throw vips::VError

/// To 8- or 16-bit sRGB or grey; CMYK always by its profile, else by a common press profile. A kept RGB profile leaves
/// its pixels alone.
[[nodiscard]] Result<Canvas> colour(Canvas canvas, const RenderPlan& plan);
/// Turns the pixels as EXIF's orientation says, and forgets it.
[[nodiscard]] Result<Canvas> orient(Canvas canvas, const RenderPlan& plan);
/// Clockwise. Quarter turns are exact; others show nothing in the corners, or the background where the output has no
/// alpha.
[[nodiscard]] Result<Canvas> rotate(Canvas canvas, const RenderPlan& plan);
[[nodiscard]] Result<Canvas> flip(Canvas canvas, const RenderPlan& plan);
/// @error kInvalidField  the rectangle is not within the picture
[[nodiscard]] Result<Canvas> crop(Canvas canvas, const RenderPlan& plan);
/// Cuts away a border of the colour of the top left pixel; of an animation, what is border in all frames. A picture of
/// one colour stays as it is.
[[nodiscard]] Result<Canvas> trim(Canvas canvas, const RenderPlan& plan);

// Steps of each result. @throw vips::VError

/// Scales by Lanczos3 in linear light, alpha premultiplied; every frame for itself.
[[nodiscard]] vips::VImage resize(vips::VImage image, const RenderPlan& plan);
/// Cuts or pads to the size that resize asked for.
[[nodiscard]] vips::VImage place(vips::VImage image, const RenderPlan& plan);
[[nodiscard]] vips::VImage blur(vips::VImage image, const RenderPlan& plan);
/// Lightness alone, as sharp does it.
[[nodiscard]] vips::VImage sharpen(vips::VImage image, const RenderPlan& plan);
/// Adds the background around the picture.
[[nodiscard]] vips::VImage pad(vips::VImage image, const RenderPlan& plan);
[[nodiscard]] vips::VImage watermark(vips::VImage image, const RenderPlan& plan);
/// Paints onto the background where the output format has no alpha.
[[nodiscard]] vips::VImage flatten(vips::VImage image, const RenderPlan& plan);

struct SourceStep {
  std::string_view name;
  Result<Canvas> (*run)(Canvas canvas, const RenderPlan& plan);
};
struct ResultStep {
  std::string_view name;
  vips::VImage (*run)(vips::VImage image, const RenderPlan& plan);
};

// The order is behaviour: render_test.cpp compares it with docs/pipeline.md.
inline constexpr std::array kSourceSteps = {
    SourceStep{"colour", colour}, SourceStep{"orient", orient}, SourceStep{"rotate", rotate},
    SourceStep{"flip", flip},     SourceStep{"crop", crop},     SourceStep{"trim", trim},
};
inline constexpr std::array kResultSteps = {
    ResultStep{"resize", resize},   ResultStep{"place", place}, ResultStep{"blur", blur},
    ResultStep{"sharpen", sharpen}, ResultStep{"pad", pad},     ResultStep{"watermark", watermark},
    ResultStep{"flatten", flatten},
};

/// px of a picture once it is turned by `degrees` clockwise: its bounding box.
[[nodiscard]] std::array<int, 2> turned_size(int width, int height, double degrees);

}  // namespace pictor::imaging
