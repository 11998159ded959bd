// The judge of bench/quality: the reference SSIMULACRA2 (ssimulacra2.cc of jpegli's source), as a library for Python.
// Not our own implementation on purpose: who promises a score must not measure it as well.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "lib/extras/packed_image.h"
#include "tools/ssimulacra2.h"

namespace {

jpegli::extras::PackedPixelFile picture(const std::uint8_t* rgb, std::size_t width, std::size_t height) {
  jpegli::extras::PackedPixelFile file;
  file.info.xsize = width;
  file.info.ysize = height;
  file.info.num_color_channels = 3;
  file.info.bits_per_sample = 8;
  file.color_encoding.color_space = JPEGLI_COLOR_SPACE_RGB;
  file.color_encoding.white_point = JPEGLI_WHITE_POINT_D65;
  file.color_encoding.primaries = JPEGLI_PRIMARIES_SRGB;
  file.color_encoding.transfer_function = JPEGLI_TRANSFER_FUNCTION_SRGB;
  file.color_encoding.rendering_intent = JPEGLI_RENDERING_INTENT_RELATIVE;
  auto frame = jpegli::extras::PackedFrame::Create(width, height, {3, JPEGLI_TYPE_UINT8, JPEGLI_NATIVE_ENDIAN, 0});
  if (frame.ok()) {
    auto moved = std::move(frame).value_();
    for (std::size_t y = 0; y < height; ++y) {
      std::memcpy(static_cast<std::uint8_t*>(moved.color.pixels()) + y * moved.color.stride, rgb + y * width * 3,
                  width * 3);
    }
    file.frames.push_back(std::move(moved));
  }
  return file;
}

}  // namespace

/// Score of `distorted` against `original`, both packed 8-bit sRGB of width × height; NaN where it cannot be computed.
extern "C" double pictor_judge(const std::uint8_t* original, const std::uint8_t* distorted, std::size_t width,
                               std::size_t height) {
  const jpegli::extras::PackedPixelFile first = picture(original, width, height);
  const jpegli::extras::PackedPixelFile second = picture(distorted, width, height);
  if (first.frames.empty() || second.frames.empty()) {
    return std::nan("");
  }
  auto score = ComputeSSIMULACRA2(first, second);
  return score.ok() ? std::move(score).value_().Score() : std::nan("");
}
