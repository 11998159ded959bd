#include "imaging/embed/tiff_container.hpp"

#include <algorithm>
#include <array>

namespace pictor::imaging {
namespace {

/// Tags that say how the pixels are stored, and the colour profile (34675). Sub-directories (330) may hold anything.
constexpr std::array<std::uint16_t, 37> kPictureTags = {
    254, 255, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 280, 281, 282, 283, 284,  290,
    291, 292, 296, 297, 301, 317, 318, 319, 320, 322, 323, 324, 325, 338, 339, 347, 530, 34675};
constexpr std::array<std::uint16_t, 4> kMorePictureTags = {340, 341, 531, 532};

struct Reader {
  std::span<const std::uint8_t> file;
  bool big_endian = false;

  [[nodiscard]] bool has(std::size_t at, std::size_t size) const {
    return at <= file.size() && size <= file.size() - at;
  }
  [[nodiscard]] std::uint32_t number(std::size_t at, std::size_t size) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value = value << 8U | file[at + (big_endian ? i : size - 1 - i)];
    }
    return value;
  }
};

bool describes_pixels(std::uint32_t tag) {
  return std::find(kPictureTags.begin(), kPictureTags.end(), tag) != kPictureTags.end() ||
         std::find(kMorePictureTags.begin(), kMorePictureTags.end(), tag) != kMorePictureTags.end();
}

}  // namespace

bool is_bare_tiff(std::span<const std::uint8_t> file) {
  if (file.size() < 8) {
    return false;
  }
  const Reader reader{file, file[0] == 'M'};
  if (reader.number(2, 2) != 42) {
    return false;
  }
  std::size_t directory = reader.number(4, 4);
  static constexpr int kMostDirectories = 1'000;
  for (int i = 0; directory != 0; ++i) {
    if (i == kMostDirectories || !reader.has(directory, 2)) {
      return false;
    }
    const std::size_t count = reader.number(directory, 2);
    if (!reader.has(directory + 2, count * 12 + 4)) {
      return false;
    }
    for (std::size_t entry = 0; entry < count; ++entry) {
      if (!describes_pixels(reader.number(directory + 2 + entry * 12, 2))) {
        return false;
      }
    }
    directory = reader.number(directory + 2 + count * 12, 4);
  }
  return true;
}

}  // namespace pictor::imaging
