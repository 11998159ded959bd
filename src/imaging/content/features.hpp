#pragma once

#include <array>
#include <cstddef>

#include "imaging/pixels.hpp"

namespace pictor::imaging {

/// What cheap statistics say of a picture's first frame, on white where it is transparent. Shares are 0..1.
/// `tools/fit_content` and fits of quality use them in this order: append, never insert.
enum class Feature : std::size_t {
  kLogPixels,        ///< log2 of width × height
  kEqualShare,       ///< neighbours with the very same colour
  kFlatShare,        ///< neighbours at most 2 apart in luma (of 255)
  kSoftShare,        ///< 3 to 11 apart
  kMiddleShare,      ///< 12 to 47 apart
  kHardShare,        ///< 48 and more apart
  kHardness,         ///< of steps of 32 and more, those that are flat on both sides
  kColours,          ///< log2 of distinct colours ÷ log2 of samples
  kTopShare,         ///< samples of the most frequent colour (5 bits a band)
  kTop16Share,       ///< of the 16 most frequent
  kNoise,            ///< log2(1 + mean |Laplacian|) in the quietest quarter of the blocks that are not blank
  kFineEnergy,       ///< log2(1 + mean luma step) between pixels
  kCoarseEnergy,     ///< the same between means of 4 × 4
  kChromaLoss,       ///< log2(1 + mean difference of chroma to its mean over 2 × 2): what 4:2:0 loses
  kHardChromaShare,  ///< 2 × 2 where that is above 12
  kSaturation,       ///< mean of (max - min) of the bands, 0..1
};
inline constexpr std::size_t kFeatures = 16;

class Features {
 public:
  double& operator[](Feature feature) { return values_[static_cast<std::size_t>(feature)]; }
  double operator[](Feature feature) const { return values_[static_cast<std::size_t>(feature)]; }
  [[nodiscard]] const std::array<double, kFeatures>& values() const { return values_; }

 private:
  std::array<double, kFeatures> values_{};
};

/// From at most 320 blocks of 16 × 16 px spread over the picture: about 2.5 ms whatever its size. The same on every
/// run. All 0 for a picture without pixels. Thread-safe.
[[nodiscard]] Features features_of(const Pixels& pixels);

}  // namespace pictor::imaging
