#include "imaging/decode/open.hpp"

#include <algorithm>
#include <cmath>

#include "imaging/decode/apng.hpp"
#include "imaging/decode/bmp.hpp"
#include "imaging/decode/heif.hpp"
#include "imaging/decode/raw_preview.hpp"
#include "imaging/encode/jxl_codec.hpp"
#include "imaging/pixels_vips.hpp"
#include "imaging/probe/svg_safety.hpp"
#include "imaging/vips_blob.hpp"
#include "imaging/vips_errors.hpp"

namespace pictor::imaging {
namespace {

using domain::ImageFormat;
using domain::ImageInfo;
using vips::VImage;

/// libvips' loader by name: what was sniffed is what is opened, whatever else would take the bytes.
VImage load(std::span<const std::uint8_t> bytes, ImageFormat format, vips::VOption* options) {
  options->set("access", VIPS_ACCESS_SEQUENTIAL);
  options->set("fail_on", VIPS_FAIL_ON_NONE);
  VipsBlob* blob = vips_blob_new(nullptr, bytes.data(), bytes.size());
  struct Unref {
    VipsBlob* blob;
    ~Unref() { vips_area_unref(VIPS_AREA(blob)); }
  } const unref{blob};
  switch (format) {
    case ImageFormat::kJpeg:
      return VImage::jpegload_buffer(blob, options);
    case ImageFormat::kPng:
      return VImage::pngload_buffer(blob, options);
    case ImageFormat::kWebp:
      return VImage::webpload_buffer(blob, options);
    case ImageFormat::kGif:
      return VImage::gifload_buffer(blob, options);
    case ImageFormat::kTiff:
      return VImage::tiffload_buffer(blob, options);
    case ImageFormat::kSvg:
      return VImage::svgload_buffer(blob, options);
    default:
      return VImage::heifload_buffer(blob, options);
  }
}

/// Largest whole factor that leaves at least twice what is wanted, so that the resize that follows sees enough.
int shrink_factor(const ImageInfo& info, const OpenOptions& options) {
  if (options.want_width <= 0 || options.want_height <= 0) {
    return 1;
  }
  for (const int factor : {8, 4, 2}) {
    if (info.width / factor >= 2 * options.want_width && info.height / factor >= 2 * options.want_height) {
      return factor;
    }
  }
  return 1;
}

/// Pixels of our own decoders as an image that owns them.
VImage owning(Pixels&& pixels) {
  auto* kept = new Pixels(std::move(pixels));
  VImage image = vips_of(*kept);
  g_object_weak_ref(G_OBJECT(image.get_image()), [](void* data, GObject*) { delete static_cast<Pixels*>(data); }, kept);
  return image;
}

Result<VImage> owning(Result<Pixels>&& pixels) {
  return pixels ? Result<VImage>(owning(*std::move(pixels))) : Result<VImage>(fail(pixels.error()));
}

/// A still or animated PNG. One that moves is put together here: libvips reads its first frame only.
Result<VImage> open_png(std::span<const std::uint8_t> bytes, const ImageInfo& info, const OpenOptions& options) {
  if (info.frames > 1) {
    if (const std::optional<Apng> apng = read_apng(bytes, info.frames)) {
      return owning(decode_apng(*apng, options.all_frames ? std::nullopt : std::optional(options.page)));
    }
  }
  return load(bytes, info.format, VImage::option());
}

Result<VImage> open_heif(std::span<const std::uint8_t> bytes) {
  const Result<HeifPixels> pixels = decode_heif(bytes);
  if (!pixels) {
    return fail(pixels.error());
  }
  VImage image = VImage::new_from_memory_copy(pixels->bytes.data(), pixels->bytes.size(), pixels->width, pixels->height,
                                              pixels->bands, VIPS_FORMAT_UCHAR)
                     .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  const Result<HeifHeader> header = read_heif_header(bytes);
  if (header && !header->icc.empty()) {
    set_blob(image, VIPS_META_ICC_NAME, header->icc);
  }
  return image;
}

}  // namespace

Blocks blocks_of(const VImage& image) {
  const auto read = [&](const char* name) -> std::vector<std::uint8_t> {
    if (image.get_typeof(name) == 0) {
      return {};
    }
    std::size_t length = 0;
    const auto* bytes = static_cast<const std::uint8_t*>(image.get_blob(name, &length));
    return {bytes, bytes + length};
  };
  Blocks blocks{read("exif-data"), read("iptc-data"), read("xmp-data")};
  // libvips keeps the JPEG marker's own prefix.
  static constexpr std::uint8_t kExif[] = {'E', 'x', 'i', 'f', 0, 0};
  if (blocks.exif.size() > 6 && std::equal(std::begin(kExif), std::end(kExif), blocks.exif.begin())) {
    blocks.exif.erase(blocks.exif.begin(), blocks.exif.begin() + 6);
  }
  return blocks;
}

VImage open_header(std::span<const std::uint8_t> bytes, ImageFormat format, int page) {
  vips::VOption* options = VImage::option();
  if (format == ImageFormat::kTiff) {
    options->set("page", page);
  }
  if (format == ImageFormat::kRaw) {
    const std::optional<RawPreview> preview = find_raw_preview(bytes);
    return load(preview ? preview->jpeg : bytes, ImageFormat::kJpeg, options);
  }
  return load(bytes, format, options);
}

int stored_orientation(const ImageInfo& info) { return info.format == ImageFormat::kHeif ? 1 : info.orientation; }

Result<VImage> open_pixels(std::span<const std::uint8_t> bytes, const ImageInfo& info, const OpenOptions& options) {
  switch (info.format) {
    case ImageFormat::kHeif:
      return open_heif(bytes);
    case ImageFormat::kJpeg:
      return load(bytes, info.format, VImage::option()->set("shrink", shrink_factor(info, options)));
    case ImageFormat::kRaw: {
      const std::optional<RawPreview> preview = find_raw_preview(bytes);
      return preview ? Result<VImage>(load(preview->jpeg, ImageFormat::kJpeg,
                                           VImage::option()->set("shrink", shrink_factor(info, options))))
                     : Result<VImage>(fail_unreadable("raw: no preview"));
    }
    case ImageFormat::kGif:
    case ImageFormat::kWebp:
      return options.all_frames && info.frames > 1
                 ? load(bytes, info.format, VImage::option()->set("n", -1))
                 : load(bytes, info.format, VImage::option()->set("n", 1)->set("page", options.page));
    case ImageFormat::kTiff:
      return load(bytes, info.format, VImage::option()->set("page", options.page));
    case ImageFormat::kPng:
      return open_png(bytes, info, options);
    case ImageFormat::kJxl:
      return owning(decode_jxl(bytes));
    case ImageFormat::kBmp:
      return owning(decode_bmp(bytes));
    case ImageFormat::kSvg: {
      if (const Result<void> safe = check_svg(bytes); !safe) {
        return fail(safe.error());
      }
      const double scale_x = options.want_width > 0 ? static_cast<double>(options.want_width) / info.width : 1;
      const double scale_y = options.want_height > 0 ? static_cast<double>(options.want_height) / info.height : 1;
      return load(bytes, info.format,
                  VImage::option()->set("scale", std::clamp(std::max(scale_x, scale_y), 0.001, 1'000.0)));
    }
    default:
      return load(bytes, info.format, VImage::option());
  }
}

}  // namespace pictor::imaging
