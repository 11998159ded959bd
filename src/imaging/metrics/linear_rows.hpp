#pragma once

#include <cstddef>
#include <cstdint>

#include "imaging/pixels.hpp"

namespace pictor::imaging::ssimulacra2 {

/// What shines through where a picture is not opaque.
enum class Ground : std::uint8_t { kBlack = 0, kWhite = 255 };

/// A picture's first frame, row by row, as linear light (0..1) on a ground. It borrows the pixels.
/// Pictures under 8 px a side are continued to 8 by repeating the last column and row: the metric starts there.
class LinearRows {
 public:
  LinearRows(const Pixels& pixels, Ground ground);

  [[nodiscard]] std::size_t width() const { return width_; }
  [[nodiscard]] std::size_t height() const { return height_; }
  /// Writes width() floats to each.
  void read(std::size_t y, float* red, float* green, float* blue) const;

 private:
  template <class Sample>
  void read_as(std::size_t y, float* red, float* green, float* blue) const;

  const Pixels& pixels_;
  Ground ground_;
  std::size_t width_;
  std::size_t height_;
};

/// Whether a pixel of the first frame lets the ground through.
[[nodiscard]] bool is_see_through(const Pixels& pixels);

}  // namespace pictor::imaging::ssimulacra2
