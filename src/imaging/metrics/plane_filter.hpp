#pragma once

#include <cstddef>

#include "imaging/metrics/planes.hpp"
#include "imaging/metrics/ssimulacra2_kernels.hpp"
#include "imaging/metrics/ssimulacra2_weights.hpp"

namespace pictor::imaging::ssimulacra2 {

/// What is kept of one plane of the source at one scale. Rows have round_up(width, kBand) floats.
struct KeptPlane {
  Floats value;
  Floats mean;    ///< blurred; empty when it is filtered again each time
  Floats square;  ///< the blurred square
};

/// Filters one plane at one scale, band after band, and adds up its errors.
class PlaneFilter {
 public:
  /// @param columns  scratch of (kMaps + 1) × column_floats(stride) floats, zero; filters may share it
  PlaneFilter(std::size_t width, std::size_t height, float* columns, Side side);
  PlaneFilter(const PlaneFilter&) = delete;
  PlaneFilter& operator=(const PlaneFilter&) = delete;

  /// Where row `y` of the shown picture is to be written before its band is filtered.
  [[nodiscard]] float* shown_row(std::size_t y) const { return shown_.data() + y % (2 * kBand) * stride_; }

  /// The band of input that begins at `first`; rows below the plane are nothing.
  /// @param counted  the rows that become ready go into the norms
  void filter(std::size_t first, const KeptPlane& kept, bool counted = true);

  /// As if the rows above the next band were nothing: what comes out kLag + 6 rows later is right again.
  void forget();

  /// Of the rows that were counted.
  [[nodiscard]] Norms norms() const;

 private:
  std::size_t width_;
  std::size_t height_;
  std::size_t stride_;
  Side side_;
  std::size_t rows_counted_ = 0;
  Floats ring_;
  Floats state_;
  Floats shown_;
  Floats nothing_;
  Sums sums_;
  Band band_;
};

/// Input bands until the last row of output is ready.
constexpr std::size_t bands_of(std::size_t height) { return (height + kLag + kBand - 1) / kBand; }

}  // namespace pictor::imaging::ssimulacra2
