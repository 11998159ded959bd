#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "imaging/pixels.hpp"

namespace pictor::imaging::testing {

/// A picture made by a formula: smooth colours, two hard edges, a little noise; the same on every run.
/// With alpha: opaque on the left, fading out to the right.
inline Pixels made_pixels(int width, int height, int bands = 3, int bits = 8, int frames = 1) {
  Pixels pixels{.width = width, .height = height, .bands = bands, .bits = bits, .frames = frames};
  pixels.bytes.resize(pixels.frame_bytes() * static_cast<std::size_t>(frames));
  std::uint32_t noise = 12'345;
  std::size_t index = 0;
  for (int frame = 0; frame < frames; ++frame) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        noise = noise * 1'664'525U + 1'013'904'223U;
        const double grain = static_cast<double>(noise >> 24U) / 64.0;
        const double edge = (x * 3 > width && x * 2 < width) ? 60.0 : 0.0;
        for (int band = 0; band < bands; ++band) {
          double value = 40 + edge + grain + 60 * std::sin((x * (band + 1) + y + frame * 7) / 23.0) / 2 +
                         100.0 * (band == 1 ? y : x) / (band == 1 ? height : width);
          if (pixels.has_alpha() && band == bands - 1) {
            value = x * 2 < width ? 255.0 : 255.0 * 2 * (width - x) / width;
          }
          value = std::fmin(255.0, std::fmax(0.0, value));
          if (bits == 16) {
            const auto sample = static_cast<std::uint16_t>(value * 257.0);
            std::memcpy(pixels.bytes.data() + 2 * index++, &sample, 2);
          } else {
            pixels.bytes[index++] = static_cast<std::uint8_t>(value);
          }
        }
      }
    }
    if (frames > 1) {
      pixels.delays.push_back(40 + 10 * frame);
    }
  }
  return pixels;
}

/// One sample of one pixel, 0..1.
inline double sample_at(const Pixels& pixels, std::size_t index) {
  if (pixels.bits == 16) {
    std::uint16_t sample = 0;
    std::memcpy(&sample, pixels.bytes.data() + 2 * index, 2);
    return sample / 65'535.0;
  }
  return pixels.bytes[index] / 255.0;
}

/// Peak signal-to-noise ratio in dB over all bands, of whatever depths; 99 when equal, 0 when the shapes differ.
inline double psnr(const Pixels& a, const Pixels& b) {
  if (a.width != b.width || a.height != b.height || a.bands != b.bands || a.frames != b.frames) {
    return 0;
  }
  const std::size_t count = a.bytes.size() / static_cast<std::size_t>(a.bits / 8);
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double difference = sample_at(a, i) - sample_at(b, i);
    sum += difference * difference;
  }
  return sum == 0 ? 99.0 : -10 * std::log10(sum / static_cast<double>(count));
}

}  // namespace pictor::imaging::testing
