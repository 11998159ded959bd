#include "imaging/embed/png_container.hpp"

#include <array>
#include <string_view>

#include "base/encoding.hpp"
#include "base/hash.hpp"

namespace pictor::imaging {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kSignature = "\x89PNG\r\n\x1A\n"sv;
/// Keyword, not compressed, no language, no translated keyword (PNG 3rd edition, 11.3.3.4).
constexpr std::string_view kXmpKeyword = "XML:com.adobe.xmp\0\0\0\0\0"sv;
constexpr std::array kMetadataChunks = {"tEXt"sv, "zTXt"sv, "iTXt"sv, "eXIf"sv, "tIME"sv};

void put32(std::vector<std::uint8_t>& out, std::uint32_t value) {
  out.insert(out.end(), {static_cast<std::uint8_t>(value >> 24U), static_cast<std::uint8_t>(value >> 16U),
                         static_cast<std::uint8_t>(value >> 8U), static_cast<std::uint8_t>(value)});
}

void put_chunk(std::vector<std::uint8_t>& out, std::string_view type, std::string_view prefix,
               std::span<const std::uint8_t> payload) {
  if (payload.empty()) {
    return;
  }
  std::vector<std::uint8_t> body(type.begin(), type.end());
  body.insert(body.end(), prefix.begin(), prefix.end());
  body.insert(body.end(), payload.begin(), payload.end());
  put32(out, static_cast<std::uint32_t>(body.size() - 4));
  out.insert(out.end(), body.begin(), body.end());
  put32(out, crc32(body));
}

bool stays(std::string_view type, bool keep_icc) {
  for (const std::string_view metadata : kMetadataChunks) {
    if (type == metadata) {
      return false;
    }
  }
  return keep_icc || type != "iCCP";
}

}  // namespace

std::optional<std::vector<std::uint8_t>> rewrite_png(std::span<const std::uint8_t> file, const Blocks& blocks,
                                                     bool keep_icc) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (!text.starts_with(kSignature)) {
    return std::nullopt;
  }
  std::vector<std::uint8_t> out(kSignature.begin(), kSignature.end());
  std::size_t at = kSignature.size();
  bool placed = false;
  while (at < file.size()) {
    if (file.size() - at < 12) {
      return std::nullopt;
    }
    const std::size_t length = static_cast<std::size_t>(file[at]) << 24U |
                               static_cast<std::size_t>(file[at + 1]) << 16U |
                               static_cast<std::size_t>(file[at + 2]) << 8U | file[at + 3];
    if (length > file.size() - at - 12) {
      return std::nullopt;
    }
    const std::string_view type = text.substr(at + 4, 4);
    if ((type == "PLTE" || type == "IDAT") && !placed) {
      put_chunk(out, "eXIf", "", blocks.exif);
      put_chunk(out, "iTXt", kXmpKeyword, blocks.xmp);
      placed = true;
    }
    if (stays(type, keep_icc)) {
      out.insert(out.end(), file.begin() + static_cast<std::ptrdiff_t>(at),
                 file.begin() + static_cast<std::ptrdiff_t>(at + 12 + length));
    }
    at += 12 + length;
    if (type == "IEND") {
      return placed ? std::optional(std::move(out)) : std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace pictor::imaging
