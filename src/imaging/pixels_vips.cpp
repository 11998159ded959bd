#include "imaging/pixels_vips.hpp"

#include "imaging/vips_blob.hpp"

namespace pictor::imaging {
namespace {

using vips::VImage;

/// 8 or 16 bits, one to four bands.
VImage in_plain_samples(VImage image) {
  if (image.format() != VIPS_FORMAT_UCHAR && image.format() != VIPS_FORMAT_USHORT) {
    image = image.colourspace(image.bands() <= 2 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB)
                .cast(VIPS_FORMAT_UCHAR);
  }
  return image.bands() > 4 ? image.extract_band(0, VImage::option()->set("n", 4)) : image;
}

void read_animation(const VImage& image, int frames, Pixels& pixels) {
  pixels.frames = frames;
  pixels.height = image.height() / frames;
  if (image.get_typeof("delay") != 0) {
    pixels.delays = image.get_array_int("delay");
  }
  pixels.delays.resize(static_cast<std::size_t>(frames), pixels.delays.empty() ? 100 : pixels.delays.back());
  if (image.get_typeof("loop") != 0) {
    pixels.loop = image.get_int("loop");
  }
}

}  // namespace

Pixels pixels_of(const VImage& image, int frames) {
  const VImage plain = in_plain_samples(image);
  Pixels pixels;
  pixels.width = plain.width();
  pixels.height = plain.height();
  pixels.bands = plain.bands();
  pixels.bits = plain.format() == VIPS_FORMAT_USHORT ? 16 : 8;
  if (frames > 1) {
    read_animation(plain, frames, pixels);
  }
  pixels.bytes.resize(pixels.row_bytes() * static_cast<std::size_t>(plain.height()));
  // Into our own memory at once: write_to_memory would hold the picture twice.
  const VImage memory(vips_image_new_from_memory(pixels.bytes.data(), pixels.bytes.size(), plain.width(),
                                                 plain.height(), plain.bands(), plain.format()));
  plain.write(memory);
  if (plain.get_typeof(VIPS_META_ICC_NAME) != 0) {
    std::size_t length = 0;
    const auto* icc = static_cast<const std::uint8_t*>(plain.get_blob(VIPS_META_ICC_NAME, &length));
    pixels.icc.assign(icc, icc + length);
  }
  return pixels;
}

VImage vips_of(const Pixels& pixels) {
  const bool wide = pixels.bits == 16;
  const bool grey = pixels.bands <= 2;
  const VipsInterpretation meaning = grey ? (wide ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W)
                                          : (wide ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB);
  VImage image = VImage(vips_image_new_from_memory(pixels.bytes.data(), pixels.bytes.size(), pixels.width,
                                                   pixels.height * pixels.frames, pixels.bands,
                                                   wide ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR))
                     .copy(VImage::option()->set("interpretation", meaning));
  if (!pixels.icc.empty()) {
    set_blob(image, VIPS_META_ICC_NAME, pixels.icc);
  }
  if (pixels.frames > 1) {
    image.set(VIPS_META_PAGE_HEIGHT, pixels.height);
    image.set("delay", pixels.delays);
    image.set("loop", pixels.loop);
  }
  return image;
}

}  // namespace pictor::imaging
