#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pictor::vision {

/// One decoded picture, upright, sRGB, 8 bits a band, alpha already painted onto white. Borrowed, not owned.
/// The longest side should be at most about 1,600 px: enough for small text, and no model looks closer.
struct Pixels {
  int width = 0;                      ///< px
  int height = 0;                     ///< px
  std::size_t stride = 0;             ///< bytes from one row to the next, ≥ 3 · width
  std::span<const std::uint8_t> rgb;  ///< ≥ stride · (height − 1) + 3 · width bytes
  bool has_alpha = false;             ///< the original had transparent pixels
  int original_width = 0;             ///< px, upright, before it was shrunk for looking
  int original_height = 0;            ///< px

  [[nodiscard]] const std::uint8_t* row(int y) const { return rgb.data() + static_cast<std::size_t>(y) * stride; }
  /// Whether the sizes are positive and the span holds every row.
  [[nodiscard]] bool is_valid() const;
};

/// A picture that owns its bytes, rows without gaps.
struct Picture {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;

  [[nodiscard]] Pixels pixels() const;
};

/// A copy of half the width and height (rounded down, at least 1), each pixel the mean of four.
[[nodiscard]] Picture halved(const Pixels& pixels);

}  // namespace pictor::vision
