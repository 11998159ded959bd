#pragma once

#include "vision/pixels.hpp"

namespace pictor::vision {

/// The picture of models/reference/picture.py: a sky gradient over a green ground, a sun, a dark post, and a fine
/// checked patch. Tests only.
[[nodiscard]] inline Picture test_picture(int width, int height) {
  Picture picture{width, height, {}};
  const auto put = [&picture](int red, int green, int blue) {
    for (const int value : {red, green, blue}) {
      picture.rgb.push_back(static_cast<std::uint8_t>(value));
    }
  };
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int sun_x = 4 * x - 3 * width, sun_y = 4 * y - height;
      if (8 * x > 5 * width && 8 * x < 7 * width && 8 * y > 5 * height && 8 * y < 7 * height) {
        const int value = (x / 4 + y / 4) % 2 == 0 ? 245 : 15;
        put(value, value, value);
      } else if (8 * x > 2 * width && 8 * x < 3 * width && 8 * y > 2 * height && 8 * y < 7 * height) {
        put(50, 35, 30);
      } else if (sun_x * sun_x + sun_y * sun_y < (height / 2) * (height / 2)) {
        put(250, 200, 60);
      } else if (5 * y > 3 * height) {
        put(60 + (x * 7 + y * 13) % 40, 110 + (x * 3 + y * 5) % 50, 40 + (x * y) % 30);
      } else {
        put(90 + 80 * y / height, 140 + 60 * y / height, 230 - 40 * y / height);
      }
    }
  }
  return picture;
}

}  // namespace pictor::vision
