#include "imaging/embed/gif_container.hpp"

#include <algorithm>
#include <functional>
#include <string_view>

namespace pictor::imaging {
namespace {

constexpr std::uint8_t kExtension = 0x21, kImage = 0x2C, kTrailer = 0x3B, kApplication = 0xFF, kComment = 0xFE;
constexpr std::string_view kXmp = "XMP DataXMP";
constexpr std::string_view kIcc = "ICCRGBG1012";
/// 01, FF down to 00, 00: a reader that takes the packet for sub-blocks lands on the last zero, wherever it comes from.
constexpr std::size_t kMagicTrailer = 258;
constexpr std::size_t kApplicationHead = 14;  ///< introducer, label, length, identifier of 11 characters
constexpr std::size_t kMostXmp = 8U << 20U;

std::size_t colour_table_bytes(std::uint8_t flags) { return (flags & 0x80U) != 0 ? 3U << ((flags & 7U) + 1U) : 0U; }

/// @return the position behind the sub-blocks' terminator; past the end where they are cut
std::size_t skip_sub_blocks(std::span<const std::uint8_t> file, std::size_t at) {
  while (at < file.size() && file[at] != 0) {
    at += 1 + static_cast<std::size_t>(file[at]);
  }
  return at + 1;
}

/// What of an application extension follows its introducer; empty for other blocks.
std::string_view application_of(std::span<const std::uint8_t> block) {
  if (block.size() < kApplicationHead || block[0] != kExtension || block[1] != kApplication || block[2] != 11) {
    return {};
  }
  return {reinterpret_cast<const char*>(block.data()) + 3, 11};
}

/// Calls `visit` for each block behind the header up to the trailer. @return false when the file ends before it
bool walk_blocks(std::span<const std::uint8_t> file, std::size_t at,
                 const std::function<void(std::span<const std::uint8_t> block)>& visit) {
  while (at < file.size()) {
    std::size_t end = 0;
    if (file[at] == kTrailer) {
      return true;
    }
    if (file[at] == kExtension) {
      end = skip_sub_blocks(file, at + 2);
    } else if (file[at] == kImage && at + 10 < file.size()) {
      end = skip_sub_blocks(file, at + 11 + colour_table_bytes(file[at + 9]));
    } else {
      return false;
    }
    if (end > file.size()) {
      return false;
    }
    visit(file.subspan(at, end - at));
    at = end;
  }
  return false;
}

/// Header, screen descriptor and global colour table; 0 when they are not all there.
std::size_t head_of(std::span<const std::uint8_t> file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), std::min<std::size_t>(file.size(), 6));
  if (file.size() < 13 || (text != "GIF89a" && text != "GIF87a")) {
    return 0;
  }
  const std::size_t head = 13 + colour_table_bytes(file[10]);
  return head <= file.size() ? head : 0;
}

bool stays(std::span<const std::uint8_t> block, bool keep_icc) {
  if (block[0] != kExtension || (block[1] != kApplication && block[1] != kComment)) {
    return true;
  }
  const std::string_view application = application_of(block);
  return application == "NETSCAPE2.0" || application == "ANIMEXTS1.0" || (keep_icc && application == kIcc);
}

void put_xmp(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> xmp) {
  if (xmp.empty()) {
    return;
  }
  out.insert(out.end(), {kExtension, kApplication, 11});
  out.insert(out.end(), kXmp.begin(), kXmp.end());
  out.insert(out.end(), xmp.begin(), xmp.end());
  out.push_back(1);
  for (int value = 0xFF; value >= 0; --value) {
    out.push_back(static_cast<std::uint8_t>(value));
  }
  out.push_back(0);
}

}  // namespace

std::optional<std::vector<std::uint8_t>> rewrite_gif(std::span<const std::uint8_t> file,
                                                     std::span<const std::uint8_t> xmp, bool keep_icc) {
  const std::size_t head = head_of(file);
  if (head == 0 || std::find(xmp.begin(), xmp.end(), 0) != xmp.end()) {
    return std::nullopt;
  }
  std::vector<std::uint8_t> out(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(head));
  if (!xmp.empty()) {
    out[4] = '9';  // extensions came with GIF89a
  }
  const bool whole = walk_blocks(file, head, [&](std::span<const std::uint8_t> block) {
    if (stays(block, keep_icc)) {
      out.insert(out.end(), block.begin(), block.end());
    }
  });
  if (!whole) {
    return std::nullopt;
  }
  put_xmp(out, xmp);
  out.push_back(kTrailer);
  return out;
}

std::vector<std::uint8_t> read_gif_xmp(std::span<const std::uint8_t> file) {
  std::vector<std::uint8_t> packet;
  const std::size_t head = head_of(file);
  if (head == 0) {
    return packet;
  }
  static_cast<void>(walk_blocks(file, head, [&](std::span<const std::uint8_t> block) {
    if (packet.empty() && application_of(block) == kXmp && block.size() > kApplicationHead + kMagicTrailer &&
        block.size() < kMostXmp) {
      packet.assign(block.begin() + kApplicationHead, block.end() - kMagicTrailer);
    }
  }));
  return packet;
}

}  // namespace pictor::imaging
