#pragma once

#include <cstdint>
#include <span>

#include "imaging/imaging.hpp"

namespace pictor::imaging {

/// Frames of a GIF, counted over its blocks without decoding, at most `limit + 1` of them.
[[nodiscard]] int count_gif_frames(std::span<const std::uint8_t> bytes, int limit);
/// Frames that an APNG announces in its `acTL` chunk; 1 for a still PNG.
[[nodiscard]] int count_png_frames(std::span<const std::uint8_t> bytes);

}  // namespace pictor::imaging
