#include "imaging/probe/probe.hpp"

#include <algorithm>

#include "imaging/decode/apng.hpp"
#include "imaging/decode/bmp.hpp"
#include "imaging/decode/heif.hpp"
#include "imaging/decode/jxl.hpp"
#include "imaging/decode/open.hpp"
#include "imaging/decode/raw_preview.hpp"
#include "imaging/embed/gif_container.hpp"
#include "imaging/embed/read_words.hpp"
#include "imaging/probe/claims.hpp"
#include "imaging/probe/icc_description.hpp"
#include "imaging/probe/jpeg_process.hpp"
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

Result<ImageInfo> probe_bmp(std::span<const std::uint8_t> bytes) {
  const Result<BmpHeader> header = read_bmp_header(bytes);
  if (!header) {
    return fail(header.error());
  }
  ImageInfo info;
  info.format = ImageFormat::kBmp;
  info.width = header->width;
  info.height = header->height;
  info.has_alpha = header->has_alpha;
  if (header->ends_early) {
    info.warnings.emplace_back("truncated");
  }
  return info;
}

Result<ImageInfo> probe_jxl(std::span<const std::uint8_t> bytes) {
  const Result<JxlHeader> header = read_jxl_header(bytes);
  if (!header) {
    return fail(header.error());
  }
  ImageInfo info;
  info.format = ImageFormat::kJxl;
  info.width = header->width;
  info.height = header->height;
  info.bit_depth = header->bit_depth;
  info.has_alpha = header->has_alpha;
  info.colour_space = header->is_grey ? "grey" : "srgb";
  if (header->moves) {
    info.warnings.emplace_back("animation_flattened");
  }
  return info;
}

/// The camera's own JPEG stands for a raw file.
Result<ImageInfo> probe_raw(std::span<const std::uint8_t> bytes) {
  const std::optional<RawPreview> preview = find_raw_preview(bytes);
  if (!preview) {
    return fail({ErrorCode::kImageUnreadable,
                 "This raw file holds no preview that can be shown. Develop it to JPEG, TIFF or PNG first.",
                 "raw: no preview"});
  }
  return with_vips([&]() -> Result<ImageInfo> {
    const vips::VImage image = open_header(preview->jpeg, ImageFormat::kJpeg);
    ImageInfo info = info_of(image, ImageFormat::kRaw);
    if (preview->orientation != 0) {
      info.orientation = preview->orientation;
    }
    info.warnings.emplace_back("raw_preview");
    info.embedded = read_words(blocks_of(image));
    return info;
  });
}

/// What a PNG that moves says beside what libvips sees.
void describe_animation(std::span<const std::uint8_t> bytes, const Limits& limits, ImageInfo& info) {
  const std::optional<Apng> apng = read_apng(bytes, limits.max_frames);
  if (apng) {
    info.frames = static_cast<int>(apng->frames.size());
    // Frames need not fill the picture.
    info.has_alpha = true;
    info.bit_depth = 8;
  }
}

Result<ImageInfo> probe_format(std::span<const std::uint8_t> bytes, ImageFormat format, const Limits& limits) {
  if (format == ImageFormat::kHeif) {
    return probe_heif(bytes);
  }
  if (format == ImageFormat::kBmp) {
    return probe_bmp(bytes);
  }
  if (format == ImageFormat::kJxl) {
    return probe_jxl(bytes);
  }
  if (format == ImageFormat::kRaw) {
    return probe_raw(bytes);
  }
  if (format == ImageFormat::kJpeg) {
    if (const Result<void> shown = check_jpeg_process(bytes); !shown) {
      return fail(shown.error());
    }
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
    if (format == ImageFormat::kPng) {
      describe_animation(bytes, limits, info);
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
  Result<ImageInfo> info = probe_format(bytes, *format, limits);
  if (!info) {
    return info;
  }
  if (const Result<void> checked = check_limits(*info, limits); !checked) {
    return fail(checked.error());
  }
  return info;
}

Result<ImageInfo> info_of_page(std::span<const std::uint8_t> bytes, const ImageInfo& info, int page,
                               const Limits& limits) {
  if (page == 0) {
    return info;
  }
  const auto fewer = [](int pages) {
    return fail_field("/settings/page", "The picture has " + std::to_string(pages) + (pages == 1 ? " page" : " pages") +
                                            ", counted from 0.");
  };
  if (info.format != ImageFormat::kTiff) {
    return page < info.frames ? Result<ImageInfo>(info) : Result<ImageInfo>(fewer(info.frames));
  }
  return with_vips([&]() -> Result<ImageInfo> {
    const vips::VImage first = open_header(bytes, info.format);
    const int pages = first.get_typeof("n-pages") != 0 ? std::max(1, first.get_int("n-pages")) : 1;
    if (page >= pages) {
      return fewer(pages);
    }
    ImageInfo chosen = info_of(open_header(bytes, info.format, page), info.format);
    chosen.embedded = info.embedded;
    chosen.warnings = info.warnings;
    const Result<void> checked = check_limits(chosen, limits);
    return checked ? Result<ImageInfo>(std::move(chosen)) : Result<ImageInfo>(fail(checked.error()));
  });
}

}  // namespace pictor::imaging
