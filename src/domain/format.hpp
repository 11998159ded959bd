#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace pictor::domain {

/// A picture file format, by its bytes.
enum class ImageFormat { kJpeg, kPng, kWebp, kAvif, kHeif, kGif, kTiff, kSvg, kJxl, kBmp, kRaw };

/// What the program knows of a format; `GET /v1/formats` prints this table.
struct FormatTraits {
  ImageFormat format;
  std::string_view name;  ///< in the API
  std::string_view mime;
  std::string_view extension;  ///< of a file that we write, without the dot
  bool readable;
  bool writable;
  bool has_alpha;
  bool animated;  ///< animations are kept
  bool lossy;
};

inline constexpr std::array kFormats = {
    FormatTraits{ImageFormat::kJpeg, "jpeg", "image/jpeg", "jpg", true, true, false, false, true},
    FormatTraits{ImageFormat::kPng, "png", "image/png", "png", true, true, true, false, false},
    FormatTraits{ImageFormat::kWebp, "webp", "image/webp", "webp", true, true, true, true, true},
    FormatTraits{ImageFormat::kAvif, "avif", "image/avif", "avif", true, true, true, false, true},
    FormatTraits{ImageFormat::kHeif, "heif", "image/heic", "heic", true, false, true, false, true},
    FormatTraits{ImageFormat::kGif, "gif", "image/gif", "gif", true, true, true, true, false},
    FormatTraits{ImageFormat::kTiff, "tiff", "image/tiff", "tiff", true, true, true, false, false},
    FormatTraits{ImageFormat::kSvg, "svg", "image/svg+xml", "svg", true, false, true, false, false},
    FormatTraits{ImageFormat::kJxl, "jxl", "image/jxl", "jxl", true, true, true, false, true},
    FormatTraits{ImageFormat::kBmp, "bmp", "image/bmp", "bmp", true, false, true, false, false},
    // What cameras write: read by the preview that they put into it.
    FormatTraits{ImageFormat::kRaw, "raw", "image/x-dcraw", "raw", true, false, false, false, true},
};

[[nodiscard]] constexpr const FormatTraits& traits_of(ImageFormat format) {
  for (const FormatTraits& row : kFormats) {
    if (row.format == format) {
      return row;
    }
  }
  return kFormats[0];
}

/// By API name; `jpg`, `heic` and `tif` are understood too.
[[nodiscard]] constexpr std::optional<ImageFormat> format_from_name(std::string_view name) {
  if (name == "jpg") {
    return ImageFormat::kJpeg;
  }
  if (name == "heic") {
    return ImageFormat::kHeif;
  }
  if (name == "tif") {
    return ImageFormat::kTiff;
  }
  for (const FormatTraits& row : kFormats) {
    if (row.name == name) {
      return row.format;
    }
  }
  return std::nullopt;
}

}  // namespace pictor::domain
