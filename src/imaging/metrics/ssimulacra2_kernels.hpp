#pragma once

#include <array>
#include <cstddef>

/// The inner loops of SSIMULACRA2, compiled for several processors and chosen at run time (Highway). Every operation
/// and its order is that of the reference (ssimulacra2.cc and gauss_blur.cc of google/jpegli), rounding included:
/// its recursive filter rounds so much that an exact Gaussian would read up to 0.65 higher.
namespace pictor::imaging::ssimulacra2 {

/// Rows that are filtered together. Rows of planes lie at multiples of it, too (in floats).
inline constexpr std::size_t kBand = 8;
/// The filter sees this many rows below the one it makes: a band of input ends this far below its output.
inline constexpr std::size_t kLag = 4;
/// Rows of horizontally filtered input that the vertical filter looks back on, the newest band included.
inline constexpr std::size_t kRing = 3 * kBand;
/// Blurred maps at most: shown, shown², source × shown, source, source².
inline constexpr std::size_t kMaps = 5;
/// Columns of zeros on either side of a transposed band.
inline constexpr std::size_t kMargin = 16;

enum class Side {
  kSource,  ///< blurs source and source², writes them out
  kKept,    ///< blurs what depends on the shown picture; the other two are read
  kBoth,    ///< blurs all five, so that nothing but the source's plane needs to be kept
};

/// Sums over a plane of the error maps: SSIM, ringing, blurring; each of d and of d⁴.
struct Sums {
  std::array<double, 6> of{};
};

/// Filters one band of one plane and adds the error of the rows that became ready: `first - kLag` to
/// `first - kLag + 7`, of which those outside the plane have null pointers in `*_out`.
struct Band {
  std::size_t stride = 0;  ///< floats of a row, a multiple of kBand, zeros after `width`
  std::size_t width = 0;
  std::size_t first = 0;  ///< row of the plane, a multiple of kBand
  std::array<const float*, kBand> source{};
  std::array<const float*, kBand> shown{};
  std::array<const float*, kBand> source_out{};
  std::array<const float*, kBand> shown_out{};
  std::array<float*, kBand> mean_out{};    ///< blurred source; written by kSource, read by kKept
  std::array<float*, kBand> square_out{};  ///< blurred source²
  float* columns = nullptr;                ///< scratch: (kMaps + 1) × column_floats(stride)
  float* ring = nullptr;                   ///< state: kMaps × kRing × stride, zero at the start
  float* state = nullptr;                  ///< state: kMaps × 6 × stride, zero at the start
  Sums* sums = nullptr;
};

constexpr std::size_t column_floats(std::size_t stride) { return (stride + 2 * kMargin) * kBand; }

void filter_band(const Band& band, Side side);

/// One row of linear sRGB (0..1) to the metric's X, Y and B, of which X and B may be null. `count` is rounded up to
/// kBand.
void xyb_row(const float* red, const float* green, const float* blue, float* x, float* y, float* b, std::size_t count);

/// Means of 2 × 2. Reads 2 × `count` floats of each row, `count` rounded up to kBand.
void halve_row(const float* top, const float* bottom, float* out, std::size_t count);

}  // namespace pictor::imaging::ssimulacra2
