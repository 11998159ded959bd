#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "imaging/pixels.hpp"

namespace pictor::imaging {

/// Colour types of PNG (3rd edition, 11.2.1), with their numbers.
enum class PngType : std::uint8_t { kGrey = 0, kRgb = 2, kPalette = 3, kGreyAlpha = 4, kRgba = 6 };

/// One colour as PNG's palette has it: 0xAABBGGRR.
using PngColour = std::uint32_t;

/// A way of writing a picture's pixels without loss.
struct PngForm {
  PngType type = PngType::kRgb;
  int depth = 8;                                   ///< bits a sample: 1, 2, 4, 8, 16
  std::vector<PngColour> palette;                  ///< 1..256 colours in order; kPalette alone
  std::optional<std::array<std::uint8_t, 3>> key;  ///< the colour that is transparent; kGrey (first) and kRgb, 8 bits

  [[nodiscard]] int bits_per_pixel() const;
  /// Distance in bytes of the pixel that a filter looks back to; at least 1.
  [[nodiscard]] std::size_t step() const { return static_cast<std::size_t>((bits_per_pixel() + 7) / 8); }
  [[nodiscard]] std::size_t row_bytes(int width) const {
    return (static_cast<std::size_t>(width) * static_cast<std::size_t>(bits_per_pixel()) + 7) / 8;
  }
  /// Bytes of PLTE and tRNS with their heads.
  [[nodiscard]] std::size_t overhead() const;
  /// Entries of the palette up to the last that isn't opaque: the length of tRNS.
  [[nodiscard]] std::size_t transparent_entries() const;
};

/// Every form worth a try for the first frame, the likeliest first, at least one. More palette orders at higher effort.
/// Pixels with an ICC profile stay grey or coloured as they are, because the profile is for the one or the other.
[[nodiscard]] std::vector<PngForm> png_forms(const Pixels& pixels, int effort);

/// Rows of the first frame in that form, `form.row_bytes` each, wholly transparent pixels without colour.
[[nodiscard]] std::vector<std::uint8_t> png_rows(const Pixels& pixels, const PngForm& form, int first_row, int rows);

}  // namespace pictor::imaging
