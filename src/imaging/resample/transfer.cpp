#include "imaging/resample/transfer.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace pictor::imaging::resample {
namespace {

constexpr int kSteps = 65536;

double to_linear(double sample) { return sample <= 0.04045 ? sample / 12.92 : std::pow((sample + 0.055) / 1.055, 2.4); }

double to_sample(double light) { return light <= 0.0031308 ? light * 12.92 : 1.055 * std::pow(light, 1 / 2.4) - 0.055; }

}  // namespace

Transfer::Transfer() {
  for (int sample = 0; sample < 256; ++sample) {
    linear8_.push_back(static_cast<float>(to_linear(sample / 255.0)));
  }
  for (int sample = 0; sample < 65536; ++sample) {
    linear16_.push_back(static_cast<float>(to_linear(sample / 65535.0)));
  }
  for (int step = 0; step <= kSteps; ++step) {
    encoded_.push_back(static_cast<float>(to_sample(static_cast<double>(step) / kSteps)));
  }
  encoded_.push_back(1);  // the neighbour of the last
}

const Transfer& Transfer::get() {
  static const Transfer transfer;
  return transfer;
}

float Transfer::encode(float light) const {
  const float at = std::clamp(light, 0.0F, 1.0F) * kSteps;
  const auto step = static_cast<std::size_t>(at);
  const float part = at - static_cast<float>(step);
  return encoded_[step] + part * (encoded_[step + 1] - encoded_[step]);
}

const std::uint8_t* fixed_to_sample() {
  static const auto table = [] {
    std::array<std::uint8_t, 32768> samples{};
    for (std::size_t value = 0; value < samples.size(); ++value) {
      const double light = std::min(1.0, static_cast<double>(value) / kFixedWhite);
      samples[value] = static_cast<std::uint8_t>(std::lround(to_sample(light) * 255));
    }
    return samples;
  }();
  return table.data();
}

}  // namespace pictor::imaging::resample
