#include "imaging/embed/jpeg_container.hpp"

#include <algorithm>
#include <string_view>

namespace pictor::imaging {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::uint8_t kApp0 = 0xE0, kApp1 = 0xE1, kApp2 = 0xE2, kApp13 = 0xED, kApp14 = 0xEE, kApp15 = 0xEF,
                       kComment = 0xFE, kStartOfScan = 0xDA;
constexpr std::string_view kExif = "Exif\0\0"sv;
constexpr std::string_view kXmp = "http://ns.adobe.com/xap/1.0/\0"sv;
constexpr std::string_view kIcc = "ICC_PROFILE\0"sv;
constexpr std::size_t kMaxPayload = 65'533;

/// @return false when the block does not fit one segment
bool put_segment(std::vector<std::uint8_t>& out, std::uint8_t marker, std::string_view prefix,
                 std::span<const std::uint8_t> payload) {
  const std::size_t length = prefix.size() + payload.size();
  if (payload.empty()) {
    return true;
  }
  if (length > kMaxPayload) {
    return false;
  }
  out.insert(out.end(),
             {0xFF, marker, static_cast<std::uint8_t>((length + 2) >> 8U), static_cast<std::uint8_t>(length + 2)});
  out.insert(out.end(), prefix.begin(), prefix.end());
  out.insert(out.end(), payload.begin(), payload.end());
  return true;
}

/// JFIF, Adobe's transform and (when kept) the profile belong to the picture; all other application data and comments
/// go.
bool stays(std::uint8_t marker, std::string_view payload, bool keep_icc) {
  if (marker == kApp2) {
    return keep_icc && payload.starts_with(kIcc);
  }
  if (marker == kApp0 || marker == kApp14) {
    return true;
  }
  return !(marker >= kApp1 && marker <= kApp15) && marker != kComment;
}

/// Position behind the EOI that ends this picture. What follows it (previews, gain maps with metadata of their own) is
/// not part of it.
std::size_t end_of_image(std::span<const std::uint8_t> file, std::size_t at) {
  while (at + 4 <= file.size()) {
    if (file[at] != 0xFF || file[at + 1] == 0 || file[at + 1] == 0xFF ||
        (file[at + 1] >= 0xD0 && file[at + 1] <= 0xD7)) {
      ++at;
      continue;
    }
    if (file[at + 1] == 0xD9) {
      return at + 2;
    }
    at += 2 + (static_cast<std::size_t>(file[at + 2]) << 8U | file[at + 3]);
  }
  return file.size();
}

}  // namespace

std::optional<std::vector<std::uint8_t>> rewrite_jpeg(std::span<const std::uint8_t> file, const Blocks& blocks,
                                                      bool keep_icc) {
  if (file.size() < 4 || file[0] != 0xFF || file[1] != 0xD8) {
    return std::nullopt;
  }
  std::vector<std::uint8_t> head = {0xFF, 0xD8};
  std::vector<std::uint8_t> kept;
  std::size_t at = 2;
  bool placed_app0 = false;
  while (true) {
    if (at + 4 > file.size() || file[at] != 0xFF) {
      return std::nullopt;
    }
    const std::uint8_t marker = file[at + 1];
    if (marker == 0xFF) {
      ++at;
      continue;
    }
    const std::size_t length = static_cast<std::size_t>(file[at + 2]) << 8U | file[at + 3];
    if (length < 2 || length > file.size() - at - 2) {
      return std::nullopt;
    }
    if (marker == kStartOfScan) {
      break;
    }
    const std::span<const std::uint8_t> segment = file.subspan(at, length + 2);
    const std::string_view payload(reinterpret_cast<const char*>(segment.data()) + 4, length - 2);
    // JFIF wants its segment first; ours come right behind it.
    std::vector<std::uint8_t>& target = marker == kApp0 && !placed_app0 && kept.empty() ? head : kept;
    placed_app0 = placed_app0 || marker == kApp0;
    if (stays(marker, payload, keep_icc)) {
      target.insert(target.end(), segment.begin(), segment.end());
    }
    at += length + 2;
  }
  if (!put_segment(head, kApp1, kExif, blocks.exif) || !put_segment(head, kApp1, kXmp, blocks.xmp) ||
      !put_segment(head, kApp13, "", blocks.iptc)) {
    return std::nullopt;
  }
  head.insert(head.end(), kept.begin(), kept.end());
  const std::span<const std::uint8_t> scans = file.subspan(at, end_of_image(file, at) - at);
  head.insert(head.end(), scans.begin(), scans.end());
  return head;
}

}  // namespace pictor::imaging
