#include "imaging/encode/encode.hpp"

#include <algorithm>
#include <array>
#include <memory>

namespace pictor::imaging {
namespace {

using domain::ExportSettings;
using domain::ImageFormat;
using vips::VImage;

struct SideLimit {
  ImageFormat format;
  int pixels;
};
constexpr std::array kSideLimits = {
    SideLimit{ImageFormat::kWebp, 16'383},
    SideLimit{ImageFormat::kJpeg, 65'500},
    SideLimit{ImageFormat::kAvif, 65'535},
    SideLimit{ImageFormat::kGif, 65'535},
};

/// Effort 0..9 on each encoder's own scale. AVIF's is libvips' (9 minus aom's speed): 4 must stay under a second for 2
/// megapixels.
constexpr std::array kAvifEffort = {0, 0, 0, 1, 1, 2, 3, 4, 5, 6};
constexpr std::array kWebpEffort = {0, 1, 2, 3, 4, 4, 5, 5, 6, 6};
constexpr std::array kPngCompression = {1, 3, 4, 5, 6, 7, 8, 9, 9, 9};

template <class Table>
int scaled(const Table& table, int effort) {
  return table.at(static_cast<std::size_t>(std::clamp(effort, 0, 9)));
}

std::vector<std::uint8_t> take(VipsBlob* blob) {
  std::size_t length = 0;
  const auto* bytes = static_cast<const std::uint8_t*>(vips_blob_get(blob, &length));
  std::vector<std::uint8_t> copy(bytes, bytes + length);
  vips_area_unref(VIPS_AREA(blob));
  return copy;
}

vips::VOption* with_profile_only() { return VImage::option()->set("keep", VIPS_FOREIGN_KEEP_ICC); }

/// 16 bits where the format has none become 8.
VImage in_8_bits(const VImage& image) {
  if (image.format() == VIPS_FORMAT_UCHAR) {
    return image;
  }
  return image.colourspace(image.bands() <= 2 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB);
}

EncodedImage encode_jpeg(const VImage& image, const ExportSettings& settings) {
  const int quality = domain::encoder_quality(settings, ImageFormat::kJpeg);
  vips::VOption* options =
      with_profile_only()->set("Q", quality)->set("optimize_coding", true)->set("interlace", settings.effort >= 2);
  if (settings.effort >= 7) {
    options->set("trellis_quant", true)
        ->set("overshoot_deringing", true)
        ->set("optimize_scans", true)
        ->set("quant_table", 3);
  }
  return {take(in_8_bits(image).jpegsave_buffer(options)), quality, "mozjpeg"};
}

EncodedImage encode_webp(const VImage& image, const ExportSettings& settings) {
  const int quality = domain::encoder_quality(settings, ImageFormat::kWebp);
  vips::VOption* options = with_profile_only()->set("effort", scaled(kWebpEffort, settings.effort));
  if (settings.lossless) {
    options->set("lossless", true);
  } else {
    options->set("Q", quality);
  }
  return {take(in_8_bits(image).webpsave_buffer(options)), settings.lossless ? std::nullopt : std::optional(quality),
          "libwebp"};
}

EncodedImage encode_avif(const VImage& image, const ExportSettings& settings) {
  const int quality = domain::encoder_quality(settings, ImageFormat::kAvif);
  // 16-bit sources keep more than 8 bits.
  const bool deep = image.format() == VIPS_FORMAT_USHORT;
  vips::VOption* options = VImage::option()
                               ->set("keep", VIPS_FOREIGN_KEEP_ICC)
                               ->set("compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1)
                               ->set("effort", scaled(kAvifEffort, settings.effort))
                               ->set("bitdepth", deep ? 10 : 8);
  if (settings.lossless) {
    options->set("lossless", true);
  } else {
    options->set("Q", quality);
  }
  return {take(image.heifsave_buffer(options)), settings.lossless ? std::nullopt : std::optional(quality), "libaom"};
}

EncodedImage encode_png(const VImage& image, const ExportSettings& settings) {
  vips::VOption* options = with_profile_only()->set("compression", scaled(kPngCompression, settings.effort));
  const domain::PresetTraits& preset = domain::traits_of(settings.preset);
  const bool palette = !settings.lossless && (settings.quality ? *settings.quality < 80 : preset.png_palette);
  if (!palette) {
    return {take(image.pngsave_buffer(options)), std::nullopt, "libpng (lossless)"};
  }
  const int quality = domain::encoder_quality(settings, ImageFormat::kPng);
  options->set("palette", true)->set("Q", quality)->set("effort", std::clamp(settings.effort + 1, 1, 10));
  return {take(in_8_bits(image).pngsave_buffer(options)), quality, "libpng (palette by libimagequant)"};
}

EncodedImage encode_gif(const VImage& image, const ExportSettings& settings) {
  vips::VOption* options = with_profile_only()->set("effort", std::clamp(settings.effort + 1, 1, 10));
  return {take(in_8_bits(image).gifsave_buffer(options)), std::nullopt, "cgif"};
}

EncodedImage encode_tiff(const VImage& image) {
  return {take(image.tiffsave_buffer(with_profile_only()
                                         ->set("compression", VIPS_FOREIGN_TIFF_COMPRESSION_DEFLATE)
                                         ->set("predictor", VIPS_FOREIGN_TIFF_PREDICTOR_HORIZONTAL))),
          std::nullopt, "libtiff (deflate)"};
}

EncodedImage encode_as(const VImage& image, ImageFormat format, const ExportSettings& settings) {
  switch (format) {
    case ImageFormat::kWebp:
      return encode_webp(image, settings);
    case ImageFormat::kAvif:
      return encode_avif(image, settings);
    case ImageFormat::kPng:
      return encode_png(image, settings);
    case ImageFormat::kGif:
      return encode_gif(image, settings);
    case ImageFormat::kTiff:
      return encode_tiff(image);
    default:
      return encode_jpeg(image, settings);
  }
}

}  // namespace

Result<EncodedImage> encode(const VImage& image, ImageFormat format, const ExportSettings& settings) {
  const int height =
      image.get_typeof(VIPS_META_PAGE_HEIGHT) != 0 ? image.get_int(VIPS_META_PAGE_HEIGHT) : image.height();
  for (const SideLimit& limit : kSideLimits) {
    if (limit.format == format && (image.width() > limit.pixels || height > limit.pixels)) {
      const std::string name(domain::traits_of(format).name);
      return fail({ErrorCode::kFormatLimit, "The format " + name + " holds at most " + std::to_string(limit.pixels) +
                                                " pixels a side; the picture has " + std::to_string(image.width()) +
                                                " × " + std::to_string(height) +
                                                ". Choose another format, or resize it."});
    }
  }
  EncodedImage encoded = encode_as(image, format, settings);
  encoded.encoder += std::string(" by libvips ") + vips_version_string();
  return encoded;
}

}  // namespace pictor::imaging
