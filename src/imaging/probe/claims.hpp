#pragma once

#include <cstdint>
#include <span>

#include "imaging/imaging.hpp"

namespace pictor::imaging {

/// Frames of a GIF, counted over its blocks without decoding, at most `limit + 1` of them.
[[nodiscard]] int count_gif_frames(std::span<const std::uint8_t> bytes, int limit);
/// Bytes of a PNG's IDAT chunks, as far as they are there: 0 when there is nothing to show.
[[nodiscard]] std::size_t count_png_data(std::span<const std::uint8_t> bytes);
/// True for a PNG without its IEND chunk (PNG section 5.3) and a GIF that ends within a block or before its trailer
/// (GIF89a section 27): libvips shows what is there and says nothing. Of other formats nothing is known here.
[[nodiscard]] bool ends_early(std::span<const std::uint8_t> bytes, domain::ImageFormat format);

}  // namespace pictor::imaging
