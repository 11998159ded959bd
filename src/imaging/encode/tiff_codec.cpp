#include "imaging/encode/tiff_codec.hpp"

#include "imaging/pixels_vips.hpp"
#include "imaging/vips_errors.hpp"

namespace pictor::imaging {

using vips::VImage;

Result<Encoded> encode_tiff(const Pixels& pixels, const EncodeSettings& /*settings*/) {
  return with_vips([&]() -> Result<Encoded> {
    VipsBlob* blob = vips_of(pixels).tiffsave_buffer(VImage::option()
                                                         ->set("keep", VIPS_FOREIGN_KEEP_ICC)
                                                         ->set("compression", VIPS_FOREIGN_TIFF_COMPRESSION_DEFLATE)
                                                         ->set("predictor", VIPS_FOREIGN_TIFF_PREDICTOR_HORIZONTAL));
    std::size_t length = 0;
    const auto* bytes = static_cast<const std::uint8_t*>(vips_blob_get(blob, &length));
    Encoded encoded{{bytes, bytes + length}, std::string("libtiff (deflate) by libvips ") + vips_version_string()};
    vips_area_unref(VIPS_AREA(blob));
    return encoded;
  });
}

Result<Pixels> decode_tiff(std::span<const std::uint8_t> file) {
  return with_vips([&]() -> Result<Pixels> {
    VipsBlob* blob = vips_blob_new(nullptr, file.data(), file.size());
    const VImage image = VImage::tiffload_buffer(blob);
    vips_area_unref(VIPS_AREA(blob));
    return pixels_of(image);
  });
}

}  // namespace pictor::imaging
