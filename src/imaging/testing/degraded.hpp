#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>
#include <vips/vips8>

#include "imaging/pixels_vips.hpp"

namespace pictor::imaging::testing {

/// Harm that encoders do to pictures, more and less of it.
inline constexpr int kDegradations = 10;

/// `source` (8 bits, sRGB) harmed in one of kDegradations ways.
inline Pixels degraded(const Pixels& source, int way) {
  using vips::VImage;
  const VImage image = vips_of(source);
  const auto jpeg = [&](int quality, bool whole_chroma) {
    VipsBlob* blob = image.jpegsave_buffer(
        VImage::option()
            ->set("Q", quality)
            ->set("subsample_mode", whole_chroma ? VIPS_FOREIGN_SUBSAMPLE_OFF : VIPS_FOREIGN_SUBSAMPLE_ON));
    const Pixels back = pixels_of(VImage::jpegload_buffer(blob));
    vips_area_unref(VIPS_AREA(blob));
    return back;
  };
  const auto as_8_bits = [](const VImage& changed) { return pixels_of(changed.rint().cast(VIPS_FORMAT_UCHAR)); };
  switch (way) {
    case 0:
      return jpeg(15, false);
    case 1:
      return jpeg(40, false);
    case 2:
      return jpeg(65, true);
    case 3:
      return jpeg(80, false);
    case 4:
      return jpeg(90, true);
    case 5:
      return jpeg(97, true);
    case 6:
      return as_8_bits(image.gaussblur(0.8));
    case 7:
      return as_8_bits(image.gaussblur(2.5));
    case 8:
      return as_8_bits(image + VImage::gaussnoise(source.width, source.height,
                                                  VImage::option()->set("sigma", 6)->set("mean", 0)->set("seed", 7)));
    default:
      return as_8_bits((image / 12.0).rint() * 12.0);  // too few tones
  }
}

/// A drawing: flat areas, hard coloured edges, thin lines. Another one for each seed.
inline Pixels drawing(int width, int height, unsigned seed) {
  Pixels pixels{.width = width, .height = height};
  pixels.bytes.assign(pixels.frame_bytes(), static_cast<std::uint8_t>(seed % 3 == 0 ? 255 : 230 - 40 * (seed % 4)));
  unsigned state = seed * 2'654'435'761U + 1;
  const auto random = [&](int below) {
    state = state * 1'664'525U + 1'013'904'223U;
    return static_cast<int>((state >> 8U) % static_cast<unsigned>(below));
  };
  for (int shape = 0; shape < 14; ++shape) {
    const int left = random(width);
    const int top = random(height);
    const int wide = shape % 3 == 0 ? 2 : 1 + random(width / 2);
    const int high = shape % 3 == 1 ? 2 : 1 + random(height / 2);
    const std::array<std::uint8_t, 3> colour{static_cast<std::uint8_t>(random(256)),
                                             static_cast<std::uint8_t>(random(256)),
                                             static_cast<std::uint8_t>(random(256))};
    const bool round = shape % 2 == 0 && wide > 2 && high > 2;
    for (int y = top; y < std::min(height, top + high); ++y) {
      for (int x = left; x < std::min(width, left + wide); ++x) {
        const double across = (x - left - wide / 2.0) / (wide / 2.0);
        const double down = (y - top - high / 2.0) / (high / 2.0);
        if (!round || across * across + down * down <= 1) {
          std::copy(colour.begin(), colour.end(),
                    pixels.bytes.begin() + (static_cast<std::ptrdiff_t>(y) * width + x) * 3);
        }
      }
    }
  }
  return pixels;
}

}  // namespace pictor::imaging::testing
