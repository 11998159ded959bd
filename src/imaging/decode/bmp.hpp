#pragma once

#include <cstdint>
#include <span>

#include "base/error.hpp"
#include "imaging/pixels.hpp"

namespace pictor::imaging {

/// Windows and OS/2 bitmaps: 1, 4, 8, 16, 24 and 32 bits, RLE4, RLE8, BITFIELDS, either way up.
/// Source: Microsoft, "Bitmap Storage", BITMAPCOREHEADER to BITMAPV5HEADER.
struct BmpHeader {
  int width = 0;  ///< px
  int height = 0;
  bool has_alpha = false;   ///< the header has a mask for it
  bool ends_early = false;  ///< pixels are missing at the end
};
/// @error kImageUnreadable, kUnsupportedMediaType (a JPEG or PNG within a bitmap)
[[nodiscard]] Result<BmpHeader> read_bmp_header(std::span<const std::uint8_t> bytes);
/// 8-bit RGB or RGBA. What is missing stays black. The size must have been checked against limits.
/// @error as read_bmp_header
[[nodiscard]] Result<Pixels> decode_bmp(std::span<const std::uint8_t> bytes);

}  // namespace pictor::imaging
