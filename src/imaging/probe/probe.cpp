#include "imaging/probe/probe.hpp"

#include <algorithm>

#include "imaging/decode/heif.hpp"
#include "imaging/decode/open.hpp"
#include "imaging/embed/gif_container.hpp"
#include "imaging/embed/read_words.hpp"
#include "imaging/probe/claims.hpp"
#include "imaging/probe/icc_description.hpp"
#include "imaging/probe/sniff.hpp"
#include "imaging/probe/svg_safety.hpp"
#include "imaging/vips_errors.hpp"

namespace pictor::imaging {
namespace {

using domain::ImageFormat;
using domain::ImageInfo;

tl::unexpected<Error> fail_unsupported(const char* message) {
  return fail({ErrorCode::kUnsupportedMediaType, message});
}

std::string colour_space_of(const vips::VImage& image) {
  switch (image.interpretation()) {
    case VIPS_INTERPRETATION_CMYK:
      return "cmyk";
    case VIPS_INTERPRETATION_B_W:
      return "grey";
    case VIPS_INTERPRETATION_GREY16:
      return "grey16";
    case VIPS_INTERPRETATION_RGB16:
      return "rgb16";
    case VIPS_INTERPRETATION_LAB:
    case VIPS_INTERPRETATION_LABS:
      return "lab";
    default:
      return "srgb";
  }
}

int bit_depth_of(const vips::VImage& image) {
  if (image.get_typeof("bits-per-sample") != 0) {
    return std::clamp(image.get_int("bits-per-sample"), 1, 32);
  }
  return image.format() == VIPS_FORMAT_UCHAR ? 8 : (image.format() == VIPS_FORMAT_USHORT ? 16 : 32);
}

std::span<const std::uint8_t> blob_of(const vips::VImage& image, const char* name) {
  if (image.get_typeof(name) == 0) {
    return {};
  }
  std::size_t length = 0;
  const void* bytes = image.get_blob(name, &length);
  return {static_cast<const std::uint8_t*>(bytes), length};
}

ImageInfo info_of(const vips::VImage& image, ImageFormat format) {
  ImageInfo info;
  info.format = format;
  info.width = image.width();
  info.height = image.height();
  if (image.get_typeof("page-height") != 0 && image.get_int("page-height") > 0) {
    info.height = std::min(info.height, image.get_int("page-height"));
  }
  // Pages of a TIFF are pictures of their own, not frames.
  if (format != ImageFormat::kTiff && image.get_typeof("n-pages") != 0) {
    info.frames = std::max(1, image.get_int("n-pages"));
  }
  info.bit_depth = bit_depth_of(image);
  info.has_alpha = image.has_alpha();
  info.colour_space = colour_space_of(image);
  if (image.get_typeof("orientation") != 0) {
    const int orientation = image.get_int("orientation");
    info.orientation = orientation >= 1 && orientation <= 8 ? orientation : 1;
  }
  info.icc_profile = icc_description(blob_of(image, "icc-profile-data"));
  return info;
}

Result<ImageInfo> probe_heif(std::span<const std::uint8_t> bytes) {
  const Result<HeifHeader> header = read_heif_header(bytes);
  if (!header) {
    return fail(header.error());
  }
  ImageInfo info;
  info.format = ImageFormat::kHeif;
  info.width = header->width;
  info.height = header->height;
  info.has_alpha = header->has_alpha;
  info.bit_depth = header->bit_depth;
  info.icc_profile = icc_description(header->icc);
  info.embedded = read_words({header->exif, {}, header->xmp});
  return info;
}

Result<ImageInfo> probe_format(std::span<const std::uint8_t> bytes, ImageFormat format) {
  if (format == ImageFormat::kHeif) {
    return probe_heif(bytes);
  }
  if (format == ImageFormat::kSvg) {
    if (const Result<void> safe = check_svg(bytes); !safe) {
      return fail(safe.error());
    }
  }
  return with_vips([&]() -> Result<ImageInfo> {
    if (format == ImageFormat::kPng && count_png_data(bytes) == 0) {
      return fail_unreadable("no IDAT");
    }
    const vips::VImage image = open_header(bytes, format);
    ImageInfo info = info_of(image, format);
    if (ends_early(bytes, format)) {
      info.warnings.emplace_back("truncated");
    }
    info.embedded = read_words(format == ImageFormat::kGif ? Blocks{{}, {}, read_gif_xmp(bytes)} : blocks_of(image));
    return info;
  });
}

Result<void> check_limits(const ImageInfo& info, const Limits& limits) {
  const std::int64_t pixels = static_cast<std::int64_t>(info.width) * info.height;
  if (info.width < 1 || info.height < 1) {
    return fail_unreadable("no size");
  }
  if (pixels > limits.max_pixels) {
    return fail({ErrorCode::kImageTooLarge, "The picture has " + std::to_string(info.width) + " × " +
                                                std::to_string(info.height) + " pixels; at most " +
                                                std::to_string(limits.max_pixels / 1'000'000) +
                                                " million are taken. Make it smaller first."});
  }
  if (info.frames > limits.max_frames) {
    return fail({ErrorCode::kAnimationTooLong, "The animation has " + std::to_string(info.frames) +
                                                   " frames; at most " + std::to_string(limits.max_frames) +
                                                   " are taken. Shorten it first."});
  }
  static constexpr std::int64_t kAnimationFactor = 4;
  if (info.frames > 1 && pixels * info.frames > limits.max_pixels * kAnimationFactor) {
    return fail({ErrorCode::kAnimationTooLong,
                 "The animation has too many pixels in all its frames together. Shorten it, or make it smaller."});
  }
  return {};
}

}  // namespace

Result<ImageInfo> probe_bytes(std::span<const std::uint8_t> bytes, const Limits& limits) {
  const std::optional<ImageFormat> format = sniff_format(bytes);
  if (!format) {
    return fail_unsupported(
        "These bytes are not a picture in a format that this server reads; GET /v1/formats lists those that are.");
  }
  if (!domain::traits_of(*format).readable) {
    return fail({ErrorCode::kUnsupportedMediaType, "This server does not read " +
                                                       std::string(domain::traits_of(*format).name) +
                                                       " yet; GET /v1/formats lists the formats that it reads."});
  }
  // Before libvips looks at every frame of a hostile animation.
  if (*format == ImageFormat::kGif && count_gif_frames(bytes, limits.max_frames) > limits.max_frames) {
    return fail({ErrorCode::kAnimationTooLong,
                 "The animation has more than " + std::to_string(limits.max_frames) + " frames. Shorten it first."});
  }
  Result<ImageInfo> info = probe_format(bytes, *format);
  if (!info) {
    return info;
  }
  if (const Result<void> checked = check_limits(*info, limits); !checked) {
    return fail(checked.error());
  }
  return info;
}

}  // namespace pictor::imaging
