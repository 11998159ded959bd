#pragma once

#include <optional>
#include <span>

#include "domain/image_info.hpp"
#include "imaging/decode/jpeg_rows.hpp"
#include "imaging/steps/render_plan.hpp"

namespace pictor::imaging {

/// True when a result is nothing but a JPEG's pixels turned upright, cut and scaled down: then its rows can be resized
/// on their way out of the decoder, without the general pipeline. Most requests are.
/// @param plan  with its placement
[[nodiscard]] bool can_go_quick(const domain::ImageInfo& info, const RenderPlan& plan);

/// Makes results that `can_go_quick`; the same picture as the general way within what a resize may differ.
/// Not thread-safe. Of several results, the smaller ones are made from the first where that is at least twice as large,
/// so that the source is decoded as seldom as that allows.
class QuickWay {
 public:
  QuickWay(std::span<const std::uint8_t> file, const domain::ImageInfo& info) : file_(file), info_(info) {}

  /// @param may_serve_others  smaller results will be asked for
  /// @error kUnsupportedMediaType  not this way after all; those of resize_jpeg
  [[nodiscard]] Result<Pixels> make(const RenderPlan& plan, bool may_serve_others);
  /// Part of the picture was missing.
  [[nodiscard]] bool damaged() const { return damaged_; }

 private:
  std::span<const std::uint8_t> file_;
  const domain::ImageInfo& info_;
  std::optional<Pixels> widest_;  ///< upright
  bool damaged_ = false;
};

}  // namespace pictor::imaging
