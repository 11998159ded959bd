#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "imaging/metrics/linear_rows.hpp"
#include "imaging/metrics/planes.hpp"
#include "imaging/metrics/ssimulacra2_kernels.hpp"
#include "imaging/metrics/ssimulacra2_weights.hpp"

namespace pictor::imaging::ssimulacra2 {

/// Where one row of X, Y and B goes; null where it is not wanted. A row has round_up(width, kBand) floats, zeros after
/// the width.
using XybRow = std::array<float*, kPlanes>;

struct Size {
  std::size_t width = 0;
  std::size_t height = 0;
};

/// Sides of a picture at a scale: each scale halves the one before, rounding up.
[[nodiscard]] Size size_at(Size size, std::size_t scale);

/// What takes the bands of a pyramid.
class BandSink {
 public:
  virtual ~BandSink() = default;
  /// Where rows `first` to `first + kBand - 1` of a scale go. Where X or B of a row is wanted, Y must be, too.
  virtual std::array<XybRow, kBand> rows_for(std::size_t scale, std::size_t first) = 0;
  /// They are written, those that exist.
  virtual void take(std::size_t scale, std::size_t first) = 0;
};

/// A picture at all its scales at once, eight rows of each in memory: a row of a scale is made as soon as two of the
/// scale above are. Each scale's bands come in order, those of the scales interleaved.
class Pyramid {
 public:
  Pyramid(const LinearRows& rows, std::size_t scales, BandSink& sink);

  /// Reads the picture once, from top to bottom.
  void run();

 private:
  struct Level {
    Size size;
    LinearPlanes band;
  };
  using Rows = std::array<float*, 3>;

  [[nodiscard]] Rows rows_at(std::size_t scale, std::size_t y) const;
  void have_row(std::size_t scale, std::size_t y);
  void hand_over(std::size_t scale, std::size_t first);

  const LinearRows& rows_;
  BandSink& sink_;
  std::vector<Level> levels_;
};

}  // namespace pictor::imaging::ssimulacra2
