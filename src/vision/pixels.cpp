#include "vision/pixels.hpp"

#include <algorithm>

namespace pictor::vision {

bool Pixels::is_valid() const {
  if (width <= 0 || height <= 0) {
    return false;
  }
  const std::size_t row_bytes = std::size_t{3} * static_cast<std::size_t>(width);
  return stride >= row_bytes && rgb.size() >= stride * static_cast<std::size_t>(height - 1) + row_bytes;
}

Pixels Picture::pixels() const {
  return {.width = width,
          .height = height,
          .stride = std::size_t{3} * static_cast<std::size_t>(width),
          .rgb = rgb,
          .original_width = width,
          .original_height = height};
}

Picture halved(const Pixels& pixels) {
  Picture half{std::max(1, pixels.width / 2), std::max(1, pixels.height / 2), {}};
  half.rgb.resize(std::size_t{3} * static_cast<std::size_t>(half.width) * static_cast<std::size_t>(half.height));
  std::uint8_t* out = half.rgb.data();
  const int right = pixels.width > 1 ? 3 : 0;
  for (int y = 0; y < half.height; ++y) {
    const std::uint8_t* upper = pixels.row(2 * y);
    const std::uint8_t* lower = pixels.row(std::min(2 * y + 1, pixels.height - 1));
    for (int x = 0; x < half.width; ++x, upper += 6, lower += 6) {
      for (int band = 0; band < 3; ++band) {
        *out++ =
            static_cast<std::uint8_t>((upper[band] + upper[band + right] + lower[band] + lower[band + right] + 2) / 4);
      }
    }
  }
  return half;
}

}  // namespace pictor::vision
