#include "imaging/resample/turned.hpp"

#include <cstring>
#include <utility>

namespace pictor::imaging::resample {
namespace {

/// How stored places follow from upright ones: first axes change places, then stored axes are counted from their ends.
struct Turn {
  bool swaps = false;
  bool from_right = false;   ///< stored x counts from the right
  bool from_bottom = false;  ///< stored y counts from the bottom
};

Turn turn_of(int orientation) {
  switch (orientation) {
    case 2:
      return {false, true, false};
    case 3:
      return {false, true, true};
    case 4:
      return {false, false, true};
    case 5:
      return {true, false, false};
    case 6:
      return {true, false, true};
    case 7:
      return {true, true, true};
    case 8:
      return {true, true, false};
    default:
      return {};
  }
}

template <std::size_t kBytes>
void copy_turned(const Pixels& from, const Turn& turn, Pixels& to) {
  std::uint8_t* out = to.bytes.data();
  for (int v = 0; v < to.height; ++v) {
    for (int u = 0; u < to.width; ++u, out += kBytes) {
      const int x = turn.swaps ? v : u;
      const int y = turn.swaps ? u : v;
      const auto column = static_cast<std::size_t>(turn.from_right ? from.width - 1 - x : x);
      const auto row = static_cast<std::size_t>(turn.from_bottom ? from.height - 1 - y : y);
      std::memcpy(out, from.bytes.data() + row * from.row_bytes() + column * kBytes, kBytes);
    }
  }
}

}  // namespace

Pixels turned(Pixels pixels, int orientation) {
  if (orientation < 2 || orientation > 8) {
    return pixels;
  }
  const Turn turn = turn_of(orientation);
  Pixels result;
  result.width = turn.swaps ? pixels.height : pixels.width;
  result.height = turn.swaps ? pixels.width : pixels.height;
  result.bands = pixels.bands;
  result.bits = pixels.bits;
  result.icc = std::move(pixels.icc);
  result.bytes.resize(result.frame_bytes());
  switch (pixels.bands * pixels.bits / 8) {
    case 1:
      copy_turned<1>(pixels, turn, result);
      break;
    case 2:
      copy_turned<2>(pixels, turn, result);
      break;
    case 3:
      copy_turned<3>(pixels, turn, result);
      break;
    case 4:
      copy_turned<4>(pixels, turn, result);
      break;
    case 6:
      copy_turned<6>(pixels, turn, result);
      break;
    default:
      copy_turned<8>(pixels, turn, result);
  }
  return result;
}

Box stored_box(const Box& upright, int width, int height, int orientation) {
  const Turn turn = turn_of(orientation);
  Box box = upright;
  if (turn.swaps) {
    std::swap(box.x, box.y);
    std::swap(box.width, box.height);
  }
  if (turn.from_right) {
    box.x = width - box.x - box.width;
  }
  if (turn.from_bottom) {
    box.y = height - box.y - box.height;
  }
  return box;
}

}  // namespace pictor::imaging::resample
