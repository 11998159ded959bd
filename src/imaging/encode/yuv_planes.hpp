#pragma once

#include <cstdint>
#include <vector>

#include "imaging/pixels.hpp"

namespace pictor::imaging {

/// One picture as AV1 takes it: full range, samples of `depth` bits. BT.601's matrix (ITU-T H.273 code point 6), or
/// the three colours themselves (identity: Y green, U blue, V red), which loses nothing.
struct YuvPlanes {
  int width = 0;
  int height = 0;
  int depth = 8;
  int chroma_shift = 0;                       ///< 1: chroma is halved both ways, its samples in the middle of four
  bool grey = false;                          ///< only Y
  bool identity = false;                      ///< no matrix
  std::vector<std::uint16_t> y, u, v, alpha;  ///< rows without padding; alpha is empty when there is none

  [[nodiscard]] int chroma_width() const { return (width + chroma_shift) >> chroma_shift; }
  [[nodiscard]] int chroma_height() const { return (height + chroma_shift) >> chroma_shift; }
};

enum class Matrix { kBt601, kIdentity };

/// A frame of grey or RGB pixels, 8 or 16 bits, with or without alpha. Halved chroma is the mean of four pixels.
[[nodiscard]] YuvPlanes planes_of(const Pixels& pixels, int frame, int depth, bool halved, Matrix matrix);

/// Appends a frame of 8-bit samples to `pixels`, whose width, height and bands are set. Halved chroma is spread by
/// triangle filters (3:1 each way), as browsers and libyuv do.
void append_pixels(const YuvPlanes& planes, Pixels& pixels);

}  // namespace pictor::imaging
