#pragma once

#include <cstdint>
#include <vector>

namespace pictor::imaging {

/// Metadata blocks of a file, without their containers' wrapping; empty where there is none.
struct Blocks {
  std::vector<std::uint8_t> exif;  ///< TIFF structure from its `II` or `MM` on (EXIF 2.32), no `Exif\0\0`
  std::vector<std::uint8_t> iptc;  ///< Photoshop image resources (`8BIM…`), or bare IIM datasets
  std::vector<std::uint8_t> xmp;   ///< packet, UTF-8
};

}  // namespace pictor::imaging
