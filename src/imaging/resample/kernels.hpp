#pragma once

#include <cstddef>
#include <cstdint>

namespace pictor::imaging::resample {

/// Rows of one picture lie as planes behind each other, each `stride` samples long: a multiple of 64 with at least 64
/// beyond the width, so that kernels may read (never with a weight) and write whole vectors past the end.
[[nodiscard]] constexpr std::size_t stride_of(int width) {
  return (static_cast<std::size_t>(width) + 63) / 64 * 64 + 64;
}

/// Samples of two 8-bit sRGB rows → fixed linear light, the two rows interleaved as `fixed_vertical` wants them.
/// @param bands  1 or 3, interleaved
/// @param pair   2 × bands × stride values
/// @note both rows must be readable for bands × stride bytes
void fixed_linear_pair(const std::uint8_t* even, const std::uint8_t* odd, int bands, int width, std::size_t stride,
                       std::int16_t* pair);

/// Two rows of a picture with chroma halved both ways, and the chroma rows above, at and below them.
struct Ycc420Pair {
  const std::uint8_t* even = nullptr;  ///< luma
  const std::uint8_t* odd = nullptr;
  const std::uint8_t* blue[3] = {};  ///< Cb: readable from one before to a vector past the last
  const std::uint8_t* red[3] = {};   ///< Cr
};
/// The same from luma and chroma (JFIF): the samples are those that libjpeg's "fancy" chroma and browsers give, but for
/// a rounding of one code here and there.
/// @param scratch  4 × stride values
void fixed_ycc420_pair(const Ycc420Pair& rows, int width, std::size_t stride, std::int16_t* scratch,
                       std::int16_t* pair);

/// One result row: which pairs, with which weights.
struct FixedRow {
  const std::int16_t* const* pairs = nullptr;
  const std::int32_t* weights = nullptr;  ///< two 16-bit weights each: low half for the even row
  int count = 0;
  std::int16_t* out = nullptr;  ///< `length` values
};
/// Sums pairs for `rows` results. Small pieces of all results one after the other, so that pairs stay in the nearest
/// cache. @param length  a multiple of 64
void fixed_vertical(const FixedRow* results, int rows, std::size_t length);

/// One plane of one row: out[i] = Σ weights[i × taps + k] × in[starts[i] + k], rounded, 0..32767.
/// @param taps  a multiple of 16
void fixed_horizontal(const std::int16_t* in, const int* starts, const std::int16_t* weights, int taps, int results,
                      std::int16_t* out);

/// sums[i] += weight × row[i]. @param length  a multiple of 64
void float_add(const float* row, float weight, float* sums, std::size_t length);

/// Σ weights[i] × in[i].
[[nodiscard]] float float_dot(const float* in, const float* weights, std::size_t count);

}  // namespace pictor::imaging::resample
