#include "imaging/probe/claims.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

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

struct GifWalk {
  int frames = 0;
  bool ends_early = false;
};

GifWalk walk_gif(std::span<const std::uint8_t> bytes, int limit) {
  GifWalk walk;
  if (bytes.size() < 13) {
    return {0, true};
  }
  std::size_t at = 13 + colour_table_bytes(bytes[10]);
  while (at < bytes.size() && walk.frames <= limit) {
    if (bytes[at] == 0x21) {
      at = skip_sub_blocks(bytes, at + 2);
    } else if (bytes[at] == 0x2C && at + 10 < bytes.size()) {
      ++walk.frames;
      at = skip_sub_blocks(bytes, at + 11 + colour_table_bytes(bytes[at + 9]));
    } else {
      break;
    }
  }
  walk.ends_early = at >= bytes.size();
  return walk;
}

std::uint32_t read_big_endian(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at]) << 24U | static_cast<std::uint32_t>(bytes[at + 1]) << 16U |
         static_cast<std::uint32_t>(bytes[at + 2]) << 8U | bytes[at + 3];
}

struct PngWalk {
  std::size_t data_bytes = 0;
  bool has_end = false;
};

PngWalk walk_png(std::span<const std::uint8_t> bytes) {
  PngWalk walk;
  std::size_t at = 8;
  while (at + 8 <= bytes.size() && !walk.has_end) {
    const std::size_t length = read_big_endian(bytes, at);
    const char* type = reinterpret_cast<const char*>(bytes.data()) + at + 4;
    const std::size_t present = std::min(length, bytes.size() - at - 8);
    walk.data_bytes += std::memcmp(type, "IDAT", 4) == 0 ? present : 0;
    walk.has_end = std::memcmp(type, "IEND", 4) == 0;
    if (present < length) {
      break;
    }
    at += 12 + length;
  }
  return walk;
}

}  // namespace

int count_gif_frames(std::span<const std::uint8_t> bytes, int limit) { return walk_gif(bytes, limit).frames; }

std::size_t count_png_data(std::span<const std::uint8_t> bytes) { return walk_png(bytes).data_bytes; }

bool ends_early(std::span<const std::uint8_t> bytes, domain::ImageFormat format) {
  if (format == domain::ImageFormat::kPng) {
    return !walk_png(bytes).has_end;
  }
  return format == domain::ImageFormat::kGif && walk_gif(bytes, std::numeric_limits<int>::max() - 1).ends_early;
}

}  // namespace pictor::imaging
