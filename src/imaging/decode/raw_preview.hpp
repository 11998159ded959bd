#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace pictor::imaging {

/// True for what cameras write as their raw form: Canon CR2 and CR3, Nikon NEF, Sony ARW, Adobe DNG, Fujifilm RAF,
/// Olympus ORF, Panasonic RW2, Pentax PEF and others that are a TIFF of sensor samples.
[[nodiscard]] bool is_raw(std::span<const std::uint8_t> bytes);

/// The largest JPEG that the camera put beside the sensor's samples.
struct RawPreview {
  std::span<const std::uint8_t> jpeg;  ///< of the bytes given; it may be followed by others
  int width = 0;                       ///< px
  int height = 0;
  int orientation = 0;  ///< EXIF 1..8 of the whole file; 0: it says nothing
};
/// Nothing when there is none that a JPEG decoder shows (lossless ones are the samples themselves).
[[nodiscard]] std::optional<RawPreview> find_raw_preview(std::span<const std::uint8_t> bytes);

}  // namespace pictor::imaging
