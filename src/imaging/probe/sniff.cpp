#include "imaging/probe/sniff.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "imaging/decode/raw_preview.hpp"

namespace pictor::imaging {
namespace {

using domain::ImageFormat;
using std::string_view_literals::operator""sv;

struct Magic {
  ImageFormat format;
  std::string_view bytes;
};
constexpr std::array kMagics = {
    Magic{ImageFormat::kJpeg, "\xFF\xD8\xFF"sv}, Magic{ImageFormat::kPng, "\x89PNG\r\n\x1A\n"sv},
    Magic{ImageFormat::kGif, "GIF87a"sv},        Magic{ImageFormat::kGif, "GIF89a"sv},
    Magic{ImageFormat::kTiff, "II*\0"sv},        Magic{ImageFormat::kTiff, "MM\0*"sv},
    Magic{ImageFormat::kTiff, "II+\0"sv},        Magic{ImageFormat::kTiff, "MM\0+"sv},
    Magic{ImageFormat::kJxl, "\xFF\x0A"sv},      Magic{ImageFormat::kJxl, "\0\0\0\x0CJXL \r\n\x87\n"sv},
};

/// ISO/IEC 14496-12 `ftyp`: the major brand decides, else the compatible ones.
std::optional<ImageFormat> sniff_isobmff(std::string_view head) {
  if (head.size() < 16 || head.substr(4, 4) != "ftyp") {
    return std::nullopt;
  }
  const auto size =
      static_cast<std::size_t>(static_cast<unsigned char>(head[2])) << 8U | static_cast<unsigned char>(head[3]);
  const std::string_view brands = head.substr(8, std::min(size < 16 ? 8 : size - 8, head.size() - 8));
  std::optional<ImageFormat> found;
  for (std::size_t at = 0; at + 4 <= brands.size(); at += 4) {
    const std::string_view brand = brands.substr(at, 4);
    if (brand == "avif" || brand == "avis") {
      return ImageFormat::kAvif;
    }
    if (brand == "heic" || brand == "heix" || brand == "hevc" || brand == "heim" || brand == "heis" ||
        brand == "mif1" || brand == "msf1") {
      found = ImageFormat::kHeif;
    }
  }
  return found;
}

/// Two letters alone may begin a text: the header behind them has a length that there is.
bool is_bitmap(std::string_view head) {
  return head.size() >= 26 && head.starts_with("BM") && head.substr(16, 2) == "\0\0"sv &&
         (static_cast<unsigned char>(head[14]) >= 12 || head[15] != 0) && static_cast<unsigned char>(head[15]) <= 4;
}

/// An `<svg` element after at most a byte order mark, white space, an XML declaration, comments and a doctype.
bool is_svg(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) {
    head.remove_prefix(3);
  }
  while (true) {
    const std::size_t begin = head.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) {
      return false;
    }
    head.remove_prefix(begin);
    if (head.starts_with("<svg") || head.starts_with("<svg:svg")) {
      return true;
    }
    const bool is_comment = head.starts_with("<!--");
    if (!is_comment && !head.starts_with("<?") && !head.starts_with("<!DOCTYPE")) {
      return false;
    }
    // A doctype may hold declarations in brackets; they are refused later, here only skipped.
    const std::string_view end = is_comment ? "-->" : ">";
    std::size_t at = head.find(end);
    const std::size_t bracket = head.find('[');
    if (head.starts_with("<!DOCTYPE") && bracket < at) {
      at = head.find("]>", bracket);
      at = at == std::string_view::npos ? at : at + 1;
    }
    if (at == std::string_view::npos) {
      return false;
    }
    head.remove_prefix(std::min(at + end.size(), head.size()));
  }
}

}  // namespace

std::optional<ImageFormat> sniff_format(std::span<const std::uint8_t> bytes) {
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()),
                              std::min<std::size_t>(bytes.size(), 64 * 1024));
  // Most raw forms are a TIFF on the outside.
  if (is_raw(bytes)) {
    return ImageFormat::kRaw;
  }
  for (const Magic& magic : kMagics) {
    if (head.starts_with(magic.bytes)) {
      return magic.format;
    }
  }
  if (is_bitmap(head)) {
    return ImageFormat::kBmp;
  }
  if (head.size() >= 16 && head.starts_with("RIFF") && head.substr(8, 4) == "WEBP") {
    return ImageFormat::kWebp;
  }
  if (const auto format = sniff_isobmff(head)) {
    return format;
  }
  return is_svg(head) ? std::optional(ImageFormat::kSvg) : std::nullopt;
}

}  // namespace pictor::imaging
