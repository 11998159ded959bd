#include "imaging/encode/vips_pixels.hpp"

#include <algorithm>

#include "imaging/vips_blob.hpp"

namespace pictor::imaging {

using vips::VImage;

VImage vips_image_of(const Pixels& pixels) {
  const bool grey = pixels.bands <= 2;
  const bool deep = pixels.bits == 16;
  const VipsInterpretation shallow_kind = grey ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
  const VipsInterpretation deep_kind = grey ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_RGB16;
  VImage image = VImage::new_from_memory(
                     pixels.bytes.data(), pixels.frame_bytes() * static_cast<std::size_t>(pixels.frames), pixels.width,
                     pixels.height * pixels.frames, pixels.bands, deep ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR)
                     .copy(VImage::option()->set("interpretation", deep ? deep_kind : shallow_kind));
  if (!pixels.icc.empty()) {
    set_blob(image, VIPS_META_ICC_NAME, pixels.icc);
  }
  if (pixels.frames > 1) {
    image.set(VIPS_META_PAGE_HEIGHT, pixels.height);
    image.set("loop", pixels.loop);
    if (!pixels.delays.empty()) {
      image.set("delay", pixels.delays);
    }
  }
  return image;
}

Pixels pixels_of(const VImage& loaded) {
  VImage image = loaded.bands() > 4 ? loaded.extract_band(0, VImage::option()->set("n", 4)) : loaded;
  if (image.format() != VIPS_FORMAT_UCHAR && image.format() != VIPS_FORMAT_USHORT) {
    image = image.cast(VIPS_FORMAT_UCHAR);
  }
  Pixels pixels;
  pixels.width = image.width();
  pixels.height = image.get_typeof(VIPS_META_PAGE_HEIGHT) != 0 ? image.get_int(VIPS_META_PAGE_HEIGHT) : image.height();
  pixels.frames = image.height() / pixels.height;
  pixels.bands = image.bands();
  pixels.bits = image.format() == VIPS_FORMAT_USHORT ? 16 : 8;
  std::size_t size = 0;
  void* memory = image.write_to_memory(&size);
  pixels.bytes.assign(static_cast<std::uint8_t*>(memory), static_cast<std::uint8_t*>(memory) + size);
  g_free(memory);
  if (image.get_typeof(VIPS_META_ICC_NAME) != 0) {
    std::size_t length = 0;
    const auto* icc = static_cast<const std::uint8_t*>(image.get_blob(VIPS_META_ICC_NAME, &length));
    pixels.icc.assign(icc, icc + length);
  }
  if (pixels.frames > 1) {
    pixels.delays = image.get_typeof("delay") != 0 ? image.get_array_int("delay") : std::vector<int>();
    pixels.delays.resize(static_cast<std::size_t>(pixels.frames), 100);
    pixels.loop = image.get_typeof("loop") != 0 ? image.get_int("loop") : 0;
  }
  return pixels;
}

VImage in_8_bits(const VImage& image) {
  if (image.format() == VIPS_FORMAT_UCHAR) {
    return image;
  }
  return image.colourspace(image.bands() <= 2 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB);
}

std::vector<std::uint8_t> saved(const VImage& image, const char* suffix, vips::VOption* options) {
  void* bytes = nullptr;
  std::size_t size = 0;
  image.write_to_buffer(suffix, &bytes, &size, options);
  std::vector<std::uint8_t> copy(static_cast<std::uint8_t*>(bytes), static_cast<std::uint8_t*>(bytes) + size);
  g_free(bytes);
  return copy;
}

}  // namespace pictor::imaging
