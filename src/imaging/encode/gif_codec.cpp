#include "imaging/encode/gif_codec.hpp"

#include <algorithm>
#include <string>

#include "imaging/encode/vips_pixels.hpp"
#include "imaging/vips_errors.hpp"

namespace pictor::imaging {
namespace {

using vips::VImage;

constexpr int kLongestSide = 65'535;

/// How far a pixel may be from the frame before to count as unchanged, in libvips' units (0..32).
double frame_tolerance(const EncodeSettings& settings) {
  return settings.lossless ? 0.0 : std::clamp((100.0 - settings.quality) / 5.0, 0.0, 16.0);
}

/// Dithering hides the steps of 256 colours in photographs, and is noise in drawings.
double dither(const EncodeSettings& settings) {
  if (settings.lossless) {
    return 0.0;
  }
  return settings.content == Content::kPhoto ? 1.0 : 0.4;
}

}  // namespace

Result<Encoded> encode_gif(const Pixels& pixels, const EncodeSettings& settings) {
  if (pixels.width > kLongestSide || pixels.height > kLongestSide) {
    return fail({ErrorCode::kFormatLimit, "The format gif holds at most 65535 pixels a side; the picture has " +
                                              std::to_string(pixels.width) + " × " + std::to_string(pixels.height) +
                                              ". Choose another format, or resize it."});
  }
  if (pixels.width <= 0 || pixels.height <= 0 || pixels.frames <= 0 ||
      pixels.bytes.size() < pixels.frame_bytes() * static_cast<std::size_t>(pixels.frames)) {
    return fail_internal("GIF: pixels that are no picture");
  }
  return with_vips([&]() -> Result<Encoded> {
    std::vector<std::uint8_t> file = saved(in_8_bits(vips_image_of(pixels)), ".gif",
                                           VImage::option()
                                               ->set("dither", dither(settings))
                                               ->set("effort", std::clamp(settings.effort + 1, 1, 10))
                                               ->set("interframe_maxerror", frame_tolerance(settings))
                                               // One palette for all frames unless they differ more than this.
                                               ->set("interpalette_maxerror", 3.0)
                                               ->set("keep", VIPS_FOREIGN_KEEP_NONE));
    return Encoded{std::move(file), std::string("cgif by libvips ") + vips_version_string()};
  });
}

Result<Pixels> decode_gif(std::span<const std::uint8_t> file) {
  return with_vips([&]() -> Result<Pixels> {
    const FileBlob blob(file);
    return pixels_of(
        VImage::gifload_buffer(blob.get(), VImage::option()->set("n", -1)->set("fail_on", VIPS_FAIL_ON_ERROR)));
  });
}

}  // namespace pictor::imaging
