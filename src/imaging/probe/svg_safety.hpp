#pragma once

#include <cstdint>
#include <span>

#include "base/error.hpp"

namespace pictor::imaging {

/// Refuses an SVG that reaches outside itself or could grow without bound: entity declarations, references to files and
/// networks. Scripts are harmless to the renderer, which has none; they are not refused.
/// @error kImageUnreadable
[[nodiscard]] Result<void> check_svg(std::span<const std::uint8_t> bytes);

}  // namespace pictor::imaging
