#include "imaging/probe/icc_description.hpp"

#include <algorithm>
#include <optional>

namespace pictor::imaging {
namespace {

std::uint32_t read32(std::span<const std::uint8_t> bytes, std::size_t at) {
  if (at + 4 > bytes.size()) {
    return 0;
  }
  return static_cast<std::uint32_t>(bytes[at]) << 24U | static_cast<std::uint32_t>(bytes[at + 1]) << 16U |
         static_cast<std::uint32_t>(bytes[at + 2]) << 8U | bytes[at + 3];
}

constexpr std::uint32_t tag(const char (&name)[5]) {
  return static_cast<std::uint32_t>(static_cast<unsigned char>(name[0])) << 24U |
         static_cast<std::uint32_t>(static_cast<unsigned char>(name[1])) << 16U |
         static_cast<std::uint32_t>(static_cast<unsigned char>(name[2])) << 8U | static_cast<unsigned char>(name[3]);
}

/// Every `step`-th byte, printable ASCII only.
std::string printable(std::span<const std::uint8_t> bytes, std::size_t step) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size() && text.size() < 64; at += step) {
    if (bytes[at] >= 0x20 && bytes[at] < 0x7F) {
      text += static_cast<char>(bytes[at]);
    }
  }
  return text;
}

}  // namespace

std::string icc_description(std::span<const std::uint8_t> profile) {
  const std::uint32_t count = std::min<std::uint32_t>(read32(profile, 128), 100);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t entry = 132 + 12 * static_cast<std::size_t>(i);
    const std::size_t offset = read32(profile, entry + 4);
    const std::size_t size = read32(profile, entry + 8);
    if (read32(profile, entry) != tag("desc") || size < 12 || offset > profile.size() ||
        size > profile.size() - offset) {
      continue;
    }
    const std::span<const std::uint8_t> body = profile.subspan(offset, size);
    if (read32(body, 0) == tag("desc")) {
      return printable(body.subspan(12, std::min<std::size_t>(read32(body, 8), body.size() - 12)), 1);
    }
    if (read32(body, 0) == tag("mluc") && body.size() >= 28) {
      const std::size_t length = read32(body, 20);
      const std::size_t start = read32(body, 24);
      if (start + 1 < body.size() && length <= body.size() - start) {
        return printable(body.subspan(start + 1, length == 0 ? 0 : length - 1), 2);
      }
    }
  }
  return {};
}

}  // namespace pictor::imaging
