#include "imaging/embed/webp_container.hpp"

#include <string_view>

namespace pictor::imaging {
namespace {

constexpr std::uint8_t kIccFlag = 0x20, kAlphaFlag = 0x10, kExifFlag = 0x08, kXmpFlag = 0x04, kAnimationFlag = 0x02;

std::uint32_t read32(std::span<const std::uint8_t> bytes, std::size_t at) {
  return bytes[at] | static_cast<std::uint32_t>(bytes[at + 1]) << 8U |
         static_cast<std::uint32_t>(bytes[at + 2]) << 16U | static_cast<std::uint32_t>(bytes[at + 3]) << 24U;
}

void put_chunk(std::vector<std::uint8_t>& out, std::string_view type, std::span<const std::uint8_t> payload) {
  out.insert(out.end(), type.begin(), type.end());
  const auto size = static_cast<std::uint32_t>(payload.size());
  out.insert(out.end(), {static_cast<std::uint8_t>(size), static_cast<std::uint8_t>(size >> 8U),
                         static_cast<std::uint8_t>(size >> 16U), static_cast<std::uint8_t>(size >> 24U)});
  out.insert(out.end(), payload.begin(), payload.end());
  if (size % 2 != 0) {
    out.push_back(0);
  }
}

struct Picture {
  std::uint8_t flags = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

/// Size and alpha out of a simple file's only chunk (RFC 9649, sections 2.5 and 2.6).
std::optional<Picture> read_simple(std::string_view type, std::span<const std::uint8_t> payload) {
  if (type == "VP8 " && payload.size() >= 10) {
    return Picture{0, (static_cast<std::uint32_t>(payload[7]) << 8U | payload[6]) & 0x3FFFU,
                   (static_cast<std::uint32_t>(payload[9]) << 8U | payload[8]) & 0x3FFFU};
  }
  if (type == "VP8L" && payload.size() >= 5) {
    const std::uint32_t bits = read32(payload, 1);
    return Picture{static_cast<std::uint8_t>((bits >> 28U & 1U) != 0 ? kAlphaFlag : 0), (bits & 0x3FFFU) + 1,
                   (bits >> 14U & 0x3FFFU) + 1};
  }
  return std::nullopt;
}

/// True when the chunks are one, which says of itself all that a VP8X before it said.
bool is_simple(std::span<const std::uint8_t> chunks, const Picture& picture) {
  const std::size_t size = read32(chunks, 4);
  if (8 + size + size % 2 != chunks.size()) {
    return false;
  }
  const std::string_view type(reinterpret_cast<const char*>(chunks.data()), 4);
  const std::optional<Picture> own = read_simple(type, chunks.subspan(8, size));
  return own && own->flags == picture.flags && own->width == picture.width && own->height == picture.height;
}

}  // namespace

std::optional<std::vector<std::uint8_t>> rewrite_webp(std::span<const std::uint8_t> file, const Blocks& blocks,
                                                      bool keep_icc) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (file.size() < 20 || !text.starts_with("RIFF") || text.substr(8, 4) != "WEBP") {
    return std::nullopt;
  }
  std::optional<Picture> picture;
  std::vector<std::uint8_t> profile;
  std::vector<std::uint8_t> body;
  std::size_t at = 12;
  while (at + 8 <= file.size()) {
    const std::string_view type = text.substr(at, 4);
    const std::size_t size = read32(file, at + 4);
    if (size > file.size() - at - 8) {
      return std::nullopt;
    }
    const std::span<const std::uint8_t> payload = file.subspan(at + 8, size);
    if (type == "VP8X" && size >= 10) {
      picture = Picture{
          static_cast<std::uint8_t>(payload[0] & (kAlphaFlag | kAnimationFlag)),
          (payload[4] | static_cast<std::uint32_t>(payload[5]) << 8U | static_cast<std::uint32_t>(payload[6]) << 16U) +
              1,
          (payload[7] | static_cast<std::uint32_t>(payload[8]) << 8U | static_cast<std::uint32_t>(payload[9]) << 16U) +
              1};
    } else if (type == "ICCP") {
      if (keep_icc) {
        put_chunk(profile, type, payload);
      }
    } else if (type != "EXIF" && type != "XMP ") {
      picture = picture ? picture : read_simple(type, payload);
      put_chunk(body, type, payload);
    }
    at += 8 + size + size % 2;
  }
  if (!picture || picture->width == 0 || picture->height == 0 || body.empty()) {
    return std::nullopt;
  }
  std::vector<std::uint8_t> chunks;
  const auto flags =
      static_cast<std::uint8_t>(picture->flags | (profile.empty() ? 0U : kIccFlag) |
                                (blocks.exif.empty() ? 0U : kExifFlag) | (blocks.xmp.empty() ? 0U : kXmpFlag));
  if (flags != 0 || !is_simple(body, *picture)) {
    const std::uint32_t width = picture->width - 1;
    const std::uint32_t height = picture->height - 1;
    const std::uint8_t header[] = {flags,
                                   0,
                                   0,
                                   0,
                                   static_cast<std::uint8_t>(width),
                                   static_cast<std::uint8_t>(width >> 8U),
                                   static_cast<std::uint8_t>(width >> 16U),
                                   static_cast<std::uint8_t>(height),
                                   static_cast<std::uint8_t>(height >> 8U),
                                   static_cast<std::uint8_t>(height >> 16U)};
    put_chunk(chunks, "VP8X", header);
    chunks.insert(chunks.end(), profile.begin(), profile.end());
  }
  chunks.insert(chunks.end(), body.begin(), body.end());
  if (!blocks.exif.empty()) {
    put_chunk(chunks, "EXIF", blocks.exif);
  }
  if (!blocks.xmp.empty()) {
    put_chunk(chunks, "XMP ", blocks.xmp);
  }
  std::vector<std::uint8_t> out = {'R', 'I', 'F', 'F'};
  const auto total = static_cast<std::uint32_t>(chunks.size() + 4);
  out.insert(out.end(),
             {static_cast<std::uint8_t>(total), static_cast<std::uint8_t>(total >> 8U),
              static_cast<std::uint8_t>(total >> 16U), static_cast<std::uint8_t>(total >> 24U), 'W', 'E', 'B', 'P'});
  out.insert(out.end(), chunks.begin(), chunks.end());
  return out;
}

}  // namespace pictor::imaging
