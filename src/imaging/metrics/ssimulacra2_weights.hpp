#pragma once

#include <array>
#include <cstddef>

#include "imaging/metrics/ssimulacra2_kernels.hpp"

namespace pictor::imaging::ssimulacra2 {

inline constexpr std::size_t kScales = 6;  ///< 1:1 to 1:32
inline constexpr std::size_t kPlanes = 3;  ///< X, Y, B - Y

/// Norms of one plane at one scale, as the reference orders its weights: the means (1-norms) of SSIM, ringing and
/// blurring, then their 4-norms.
using Norms = std::array<double, 6>;

/// Scales that a picture of this size has: each halves the sides of the one before, which must have 8 px.
[[nodiscard]] std::size_t scales_of(std::size_t width, std::size_t height);

/// Whether a plane counts at a scale: any of its weights is above 0.01. The others are at most 0.0021 and move a score
/// by less than 0.01. @param scales  of the picture: the reference gives pictures with fewer than six scales the
/// weights in the order of the table, so that planes get those of others; to read as it does, so do we
[[nodiscard]] bool counts(std::size_t plane, std::size_t scale, std::size_t scales);

/// norms[plane][scale]; those that do not count are 0.
[[nodiscard]] double score_of(const std::array<std::array<Norms, kScales>, kPlanes>& norms, std::size_t scales);

}  // namespace pictor::imaging::ssimulacra2
