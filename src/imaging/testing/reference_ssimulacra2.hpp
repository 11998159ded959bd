#pragma once

#include <cstddef>
#include <cstring>
#include <lib/extras/packed_image.h>
#include <tools/ssimulacra2.h>
#include <utility>

#include "imaging/pixels.hpp"

namespace pictor::imaging::testing {

inline jpegli::extras::PackedPixelFile packed(const Pixels& pixels) {
  jpegli::extras::PackedPixelFile file;
  const auto width = static_cast<std::size_t>(pixels.width);
  const auto height = static_cast<std::size_t>(pixels.height);
  const bool grey = pixels.bands == 1;
  file.info.xsize = static_cast<uint32_t>(pixels.width);
  file.info.ysize = static_cast<uint32_t>(pixels.height);
  file.info.num_color_channels = grey ? 1 : 3;
  file.info.bits_per_sample = static_cast<uint32_t>(pixels.bits);
  file.color_encoding.color_space = grey ? JPEGLI_COLOR_SPACE_GRAY : JPEGLI_COLOR_SPACE_RGB;
  file.color_encoding.white_point = JPEGLI_WHITE_POINT_D65;
  file.color_encoding.primaries = JPEGLI_PRIMARIES_SRGB;
  file.color_encoding.transfer_function = JPEGLI_TRANSFER_FUNCTION_SRGB;
  const JpegliPixelFormat format{static_cast<uint32_t>(pixels.bands),
                                 pixels.bits == 16 ? JPEGLI_TYPE_UINT16 : JPEGLI_TYPE_UINT8, JPEGLI_NATIVE_ENDIAN, 0};
  jpegli::extras::PackedImage image = jpegli::extras::PackedImage::Create(width, height, format).value_();
  for (std::size_t y = 0; y < height; ++y) {
    std::memcpy(image.pixels(y, 0, 0), pixels.bytes.data() + y * pixels.row_bytes(), pixels.row_bytes());
  }
  file.frames.emplace_back(std::move(image));
  return file;
}

/// What ssimulacra2.cc of google/jpegli says. Without alpha, at least 8 × 8 px, both of one shape.
inline double reference_ssimulacra2(const Pixels& source, const Pixels& shown) {
  return ComputeSSIMULACRA2(packed(source), packed(shown)).value_().Score();
}

}  // namespace pictor::imaging::testing
