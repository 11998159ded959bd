#pragma once

#include <cstdint>
#include <span>
#include <stop_token>

#include "domain/ports/image_engine.hpp"
#include "imaging/steps/render_plan.hpp"

namespace pictor::imaging {

/// A source on which the steps that all results share are done, and the plan for the full result.
struct Prepared {
  Canvas canvas;
  RenderPlan plan;  ///< with the placement of the full result
  bool has_profile = false;
};

/// Opens the source with what decoders may leave out, and runs the source's steps.
/// @param info  of the page that is meant
/// @param plan  but for its placement
/// @param read_often  several results read the pixels: they are then kept in memory
/// @error kInvalidField (a crop that reaches out), kImageTooLarge, kImageUnreadable @throw vips::VError
[[nodiscard]] Result<Prepared> prepare(std::span<const std::uint8_t> bytes, const domain::ImageInfo& info,
                                       const domain::RenderRequest& request, RenderPlan plan, bool read_often);

/// True when no step changes a pixel of the source: the file itself shows the same.
[[nodiscard]] bool is_untouched(const Prepared& prepared, const domain::ImageInfo& info);

/// Runs the steps of one result. @throw vips::VError
[[nodiscard]] vips::VImage finished(const Prepared& prepared, const RenderPlan& plan, std::stop_token stop);

}  // namespace pictor::imaging
