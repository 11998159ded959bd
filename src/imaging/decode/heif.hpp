#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/error.hpp"

namespace pictor::imaging {

/// HEIC by Debian's libheif, found at run time: sharp's libvips has no HEVC decoder. All functions: one thread at a
/// time.
struct HeifHeader {
  int width = 0;  ///< px, as displayed: libheif applies the file's own turns
  int height = 0;
  bool has_alpha = false;
  int bit_depth = 8;
  std::vector<std::uint8_t> icc;
  std::vector<std::uint8_t> exif;  ///< TIFF block, without the 4 bytes before it
  std::vector<std::uint8_t> xmp;
};
struct HeifPixels {
  int width = 0;
  int height = 0;
  int bands = 3;
  std::vector<std::uint8_t> bytes;  ///< interleaved 8-bit RGB or RGBA
};

/// Opens the library. Call before the sandbox closes. @return false when the machine has none
bool open_libheif();
[[nodiscard]] bool has_libheif();
/// @error kImageUnreadable, kUnsupportedMediaType (no library)
[[nodiscard]] Result<HeifHeader> read_heif_header(std::span<const std::uint8_t> bytes);
[[nodiscard]] Result<HeifPixels> decode_heif(std::span<const std::uint8_t> bytes);

}  // namespace pictor::imaging
