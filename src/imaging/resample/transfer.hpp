#pragma once

#include <cstdint>
#include <vector>

namespace pictor::imaging::resample {

/// sRGB's transfer curve, both ways, as tables. Built once, at first use; thread-safe afterwards.
class Transfer {
 public:
  static const Transfer& get();

  /// Linear light 0..1 of a sample.
  [[nodiscard]] float linear8(std::uint8_t sample) const { return linear8_[sample]; }
  [[nodiscard]] float linear16(std::uint16_t sample) const { return linear16_[sample]; }
  /// Sample 0..1 of linear light, which is clamped to 0..1. Off by less than 1e-6.
  [[nodiscard]] float encode(float light) const;

 private:
  Transfer();
  std::vector<float> linear8_;
  std::vector<float> linear16_;
  std::vector<float> encoded_;
};

/// Linear light in 16-bit whole numbers: 27,000 is white, the rest is room for ringing.
inline constexpr int kFixedWhite = 27000;

/// 8-bit sample of each fixed linear value 0..32767. Never destroyed.
[[nodiscard]] const std::uint8_t* fixed_to_sample();

}  // namespace pictor::imaging::resample
