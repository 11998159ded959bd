#pragma once

#include <array>
#include <cstddef>

#include "imaging/metrics/linear_rows.hpp"
#include "imaging/metrics/planes.hpp"
#include "imaging/metrics/ssimulacra2_weights.hpp"

namespace pictor::imaging::ssimulacra2 {

/// Where the rows of one band of X, Y and B go; null where they are not wanted. A row has round_up(width, kBand)
/// floats, zeros after the width.
using XybRow = std::array<float*, kPlanes>;

/// A picture at one scale after another, from the top: only the scale at hand and the next are in memory, and the
/// first is read from the pixels themselves (a quarter of its floats, then, for the next one).
class Pyramid {
 public:
  explicit Pyramid(const LinearRows& rows);

  [[nodiscard]] std::size_t width() const { return width_; }
  [[nodiscard]] std::size_t height() const { return height_; }

  /// Makes rows `first` to `first + kBand - 1` (those that exist) of this scale, and what they give of the next.
  /// Bands must be asked for in order, each once.
  void make_band(std::size_t first, const std::array<XybRow, kBand>& to);

  /// Goes on to the next scale, after the last band of this one.
  void halve();

 private:
  using Rows = std::array<float*, 3>;
  Rows linear_row(std::size_t y);
  void make_half_row(std::size_t y, const Rows& top, const Rows& bottom);

  const LinearRows& rows_;
  bool at_pixels_ = true;
  std::size_t width_;
  std::size_t height_;
  LinearPlanes read_;  ///< two rows of the pixels
  LinearPlanes now_;
  LinearPlanes next_;
};

}  // namespace pictor::imaging::ssimulacra2
