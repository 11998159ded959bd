#include "imaging/decode/raw_preview.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace pictor::imaging {
namespace {

using Bytes = std::span<const std::uint8_t>;
using std::string_view_literals::operator""sv;

constexpr std::uint16_t kCompression = 259;
constexpr std::uint16_t kPhotometric = 262;
constexpr std::uint16_t kOrientation = 274;
constexpr std::uint16_t kSubDirectories = 330;
constexpr std::uint16_t kDngVersion = 50'706;

/// A TIFF's directories (TIFF 6.0 section 2), looked at for a few tags.
class Directories {
 public:
  explicit Directories(Bytes bytes) : bytes_(bytes), big_(bytes.size() > 1 && bytes[0] == 'M') {}

  struct Found {
    bool sensor_samples = false;
    int orientation = 0;  ///< of the first directory
  };
  Found look() {
    if (bytes_.size() >= 8) {
      chain(number(4, 4), 0);
    }
    return found_;
  }

 private:
  static constexpr int kMost = 64;

  [[nodiscard]] std::uint32_t number(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) {
      return 0;
    }
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value = value << 8U | bytes_[big_ ? at + i : at + size - 1 - i];
    }
    return value;
  }

  void chain(std::size_t at, int depth) {
    while (at != 0 && at + 2 <= bytes_.size() && seen_ < kMost) {
      const std::size_t count = number(at, 2);
      const bool is_first = seen_++ == 0;
      for (std::size_t i = 0; i < count && at + 14 + i * 12 <= bytes_.size(); ++i) {
        entry(at + 2 + i * 12, is_first, depth);
      }
      at = depth == 0 ? number(at + 2 + count * 12, 4) : 0;
    }
  }

  void entry(std::size_t at, bool is_first, int depth) {
    const std::uint32_t tag = number(at, 2);
    const std::uint32_t count = number(at + 4, 4);
    const std::uint32_t value = number(at + 8, number(at + 2, 2) == 3 ? 2 : 4);
    if (tag == kOrientation && is_first && value >= 1 && value <= 8) {
      found_.orientation = static_cast<int>(value);
    } else if (tag == kPhotometric) {
      // Colour filter array (TIFF/EP), linear raw (DNG).
      found_.sensor_samples |= value == 32'803 || value == 34'892;
    } else if (tag == kCompression) {
      // Sony, Nikon, Samsung, Pentax, Panasonic.
      static constexpr std::array kRawForms = {32'767U, 34'713U, 32'769U, 32'770U, 65'535U, 34'316U};
      found_.sensor_samples |= std::ranges::find(kRawForms, value) != kRawForms.end();
    } else if (tag == kDngVersion) {
      found_.sensor_samples = true;
    } else if (tag == kSubDirectories && depth < 2) {
      for (std::uint32_t i = 0; i < std::min(count, 16U); ++i) {
        chain(count == 1 ? value : number(static_cast<std::size_t>(value) + i * 4U, 4), depth + 1);
      }
    }
  }

  Bytes bytes_;
  bool big_;
  int seen_ = 0;
  Found found_;
};

std::string_view head_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 64)};
}

bool is_plain_tiff(Bytes bytes) {
  const std::string_view head = head_of(bytes);
  return head.starts_with("II*\0"sv) || head.starts_with("MM\0*"sv);
}

bool has_tiff_directories(Bytes bytes) {
  const std::string_view head = head_of(bytes);
  return is_plain_tiff(bytes) || head.starts_with("IIRO"sv) || head.starts_with("IIRS"sv) ||
         head.starts_with("MMOR"sv) || head.starts_with("IIU\0"sv);
}

struct Frame {
  int width = 0;
  int height = 0;
};

/// The size of a JPEG that begins here, when it is one that decoders show: Huffman-coded, 8 bits (ITU-T T.81 B.2.2).
std::optional<Frame> jpeg_frame(Bytes bytes) {
  std::size_t at = 2;
  // A hostile file has no end of segments and of beginnings.
  for (int segments = 0; segments < 256 && at + 9 < bytes.size() && bytes[at] == 0xFF; ++segments) {
    const std::uint8_t marker = bytes[at + 1];
    if (marker == 0xFF) {
      ++at;
      continue;
    }
    const std::size_t length = static_cast<std::size_t>(bytes[at + 2]) << 8U | bytes[at + 3];
    if (marker == 0xC0 || marker == 0xC1 || marker == 0xC2) {
      const Frame frame{bytes[at + 7] << 8 | bytes[at + 8], bytes[at + 5] << 8 | bytes[at + 6]};
      const bool shown = bytes[at + 4] == 8 && frame.width > 0 && frame.height > 0;
      return shown ? std::optional(frame) : std::nullopt;
    }
    const bool may_come_before =
        marker == 0xC4 || marker == 0xDB || marker == 0xDD || marker == 0xFE || (marker >= 0xE0 && marker <= 0xEF);
    if (!may_come_before || length < 2) {
      return std::nullopt;
    }
    at += 2 + length;
  }
  return std::nullopt;
}

}  // namespace

bool is_raw(Bytes bytes) {
  const std::string_view head = head_of(bytes);
  if (head.starts_with("FUJIFILMCCD-RAW "sv) || head.starts_with("IIRO"sv) || head.starts_with("IIRS"sv) ||
      head.starts_with("MMOR"sv) || head.starts_with("IIU\0"sv) ||
      (head.size() >= 12 && head.substr(4, 8) == "ftypcrx "sv)) {
    return true;
  }
  if (!is_plain_tiff(bytes)) {
    return false;
  }
  return (head.size() >= 12 && head.substr(8, 3) == "CR\x02"sv) || Directories(bytes).look().sensor_samples;
}

std::optional<RawPreview> find_raw_preview(Bytes bytes) {
  std::optional<RawPreview> best;
  // Their places are written down differently by each maker, and in notes that are secret; the beginning of a JPEG is
  // the same everywhere.
  std::size_t at = 0;
  int beginnings = 0;
  while (at + 4 < bytes.size() && beginnings < 10'000) {
    const void* next = std::memchr(bytes.data() + at, 0xFF, bytes.size() - at - 3);
    if (next == nullptr) {
      break;
    }
    at = static_cast<std::size_t>(static_cast<const std::uint8_t*>(next) - bytes.data());
    if (bytes[at + 1] == 0xD8 && bytes[at + 2] == 0xFF) {
      ++beginnings;
      const std::optional<Frame> frame = jpeg_frame(bytes.subspan(at));
      const auto pixels = [](int width, int height) { return static_cast<std::int64_t>(width) * height; };
      if (frame && (!best || pixels(frame->width, frame->height) > pixels(best->width, best->height))) {
        best = RawPreview{bytes.subspan(at), frame->width, frame->height, 0};
      }
    }
    ++at;
  }
  if (best && has_tiff_directories(bytes)) {
    best->orientation = Directories(bytes).look().orientation;
  }
  return best;
}

}  // namespace pictor::imaging
