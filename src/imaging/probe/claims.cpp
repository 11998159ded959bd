#include "imaging/probe/claims.hpp"

#include <algorithm>
#include <cstring>

namespace pictor::imaging {
namespace {

/// Steps over sub-blocks (GIF89a section 15). @return the position behind their end, or the end of the bytes
std::size_t skip_sub_blocks(std::span<const std::uint8_t> bytes, std::size_t at) {
  while (at < bytes.size() && bytes[at] != 0) {
    at += 1 + static_cast<std::size_t>(bytes[at]);
  }
  return at + 1;
}

std::size_t colour_table_bytes(std::uint8_t flags) { return (flags & 0x80U) != 0 ? 3U << ((flags & 7U) + 1U) : 0U; }

}  // namespace

int count_gif_frames(std::span<const std::uint8_t> bytes, int limit) {
  if (bytes.size() < 13) {
    return 0;
  }
  std::size_t at = 13 + colour_table_bytes(bytes[10]);
  int frames = 0;
  while (at < bytes.size() && frames <= limit) {
    if (bytes[at] == 0x21) {
      at = skip_sub_blocks(bytes, at + 2);
    } else if (bytes[at] == 0x2C && at + 10 < bytes.size()) {
      ++frames;
      at = skip_sub_blocks(bytes, at + 11 + colour_table_bytes(bytes[at + 9]));
    } else {
      break;
    }
  }
  return frames;
}

int count_png_frames(std::span<const std::uint8_t> bytes) {
  const auto read32 = [&](std::size_t at) {
    return static_cast<std::uint32_t>(bytes[at]) << 24U | static_cast<std::uint32_t>(bytes[at + 1]) << 16U |
           static_cast<std::uint32_t>(bytes[at + 2]) << 8U | bytes[at + 3];
  };
  std::size_t at = 8;
  while (at + 12 <= bytes.size()) {
    const std::size_t length = read32(at);
    const char* type = reinterpret_cast<const char*>(bytes.data()) + at + 4;
    if (std::memcmp(type, "acTL", 4) == 0 && at + 12 < bytes.size()) {
      return static_cast<int>(std::clamp<std::uint32_t>(read32(at + 8), 1, 1'000'000));
    }
    if (std::memcmp(type, "IDAT", 4) == 0 || length > bytes.size() - at - 12) {
      return 1;
    }
    at += 12 + length;
  }
  return 1;
}

}  // namespace pictor::imaging
