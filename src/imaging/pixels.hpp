#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pictor::imaging {

/// A picture in memory, finished: upright, resized, in the colours of the file to come. What encoders take, what their
/// decoders give back, what is measured. No library's type, so that codecs and metrics know nothing of each other.
struct Pixels {
  int width = 0;   ///< px
  int height = 0;  ///< px of one frame
  int bands = 3;   ///< 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; alpha last and straight, not premultiplied
  int bits = 8;    ///< a sample: 8, or 16 (native byte order, 0..65535)
  int frames = 1;  ///< they lie below each other, first on top
  std::vector<std::uint8_t> bytes;  ///< rows without padding: width × bands × bits / 8 bytes each

  std::vector<std::uint8_t> icc;  ///< profile of the numbers; empty: sRGB (or its grey)
  std::vector<int> delays;        ///< ms that each frame is shown; as many as frames when there are several
  int loop = 0;                   ///< times that an animation plays; 0: for ever

  [[nodiscard]] bool has_alpha() const { return bands == 2 || bands == 4; }
  [[nodiscard]] std::size_t row_bytes() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(bands) * static_cast<std::size_t>(bits / 8);
  }
  [[nodiscard]] std::size_t frame_bytes() const { return row_bytes() * static_cast<std::size_t>(height); }
  /// Bytes of one frame, rows from the top.
  [[nodiscard]] std::span<const std::uint8_t> frame(int index) const {
    return std::span(bytes).subspan(frame_bytes() * static_cast<std::size_t>(index), frame_bytes());
  }
};

}  // namespace pictor::imaging
