#include <algorithm>
#include <memory>

#include "imaging/encode/avif_codec.hpp"
#include "imaging/encode/avif_library.hpp"

namespace pictor::imaging {
namespace {

using avif_abi::Decoder;
using avif_abi::Image;
using DecoderHolder = std::unique_ptr<Decoder, void (*)(Decoder*)>;

tl::unexpected<Error> unreadable(const AvifLibrary& library, const char* where, avif_abi::Result result) {
  return fail({ErrorCode::kImageUnreadable, "The picture is damaged and can't be shown.",
               std::string("libavif: ") + where + ": " + library.call.avifResultToString(result)});
}

/// Adds a frame by the library's own conversion: what its users, browsers among them, show.
avif_abi::Result append_frame(const AvifLibrary& library, const Image& image, Pixels& pixels) {
  const std::size_t at = pixels.bytes.size();
  pixels.bytes.resize(at + pixels.frame_bytes());
  avif_abi::RgbImage rgb{};
  library.call.avifRGBImageSetDefaults(&rgb, &image);
  rgb.depth = 8;
  rgb.format = pixels.has_alpha() ? avif_abi::kRgba : avif_abi::kRgb;
  rgb.max_threads = 1;
  const std::size_t bands = pixels.has_alpha() ? 4 : 3;
  if (static_cast<std::size_t>(pixels.bands) == bands) {
    rgb.pixels = pixels.bytes.data() + at;
    rgb.row_bytes = static_cast<std::uint32_t>(pixels.row_bytes());
    return library.call.avifImageYUVToRGB(&image, &rgb);
  }
  // Grey comes as three equal bands.
  std::vector<std::uint8_t> wide(static_cast<std::size_t>(pixels.width) * static_cast<std::size_t>(pixels.height) *
                                 bands);
  rgb.pixels = wide.data();
  rgb.row_bytes = static_cast<std::uint32_t>(static_cast<std::size_t>(pixels.width) * bands);
  const avif_abi::Result result = library.call.avifImageYUVToRGB(&image, &rgb);
  std::uint8_t* to = pixels.bytes.data() + at;
  for (std::size_t i = 0; i < wide.size(); i += bands) {
    *to++ = wide[i];
    if (bands == 4) {
      *to++ = wide[i + 3];
    }
  }
  return result;
}

void start(Pixels& pixels, const Decoder& decoder) {
  const Image& image = *decoder.image;
  pixels.width = static_cast<int>(image.width);
  pixels.height = static_cast<int>(image.height);
  pixels.bands = (image.yuv_format == avif_abi::kYuv400 ? 1 : 3) + (image.alpha_plane != nullptr ? 1 : 0);
  pixels.frames = decoder.image_count;
  if (image.icc.size > 0) {
    pixels.icc.assign(image.icc.data, image.icc.data + image.icc.size);
  }
  if (decoder.image_count > 1) {
    pixels.loop = decoder.repetition_count < 0 ? 0 : decoder.repetition_count + 1;
  }
}

}  // namespace

Result<Pixels> decode_avif(std::span<const std::uint8_t> file) {
  const AvifLibrary* library = avif_library();
  if (library == nullptr) {
    return fail_internal("libavif: not opened");
  }
  const DecoderHolder decoder(library->call.avifDecoderCreate(), library->call.avifDecoderDestroy);
  decoder->max_threads = 1;
  decoder->image_dimension_limit = 65'536;
  int result = library->call.avifDecoderSetIOMemory(decoder.get(), file.data(), file.size());
  if (result == 0) {
    result = library->call.avifDecoderParse(decoder.get());
  }
  if (result != 0) {
    return unreadable(*library, "header", result);
  }
  Pixels pixels;
  for (int frame = 0; frame < decoder->image_count; ++frame) {
    if ((result = library->call.avifDecoderNextImage(decoder.get())) != 0) {
      return unreadable(*library, "frame", result);
    }
    const Image& image = *decoder->image;
    if (image.yuv_planes[0] == nullptr || (image.yuv_format != avif_abi::kYuv400 && image.yuv_planes[1] == nullptr)) {
      return unreadable(*library, "planes", 0);
    }
    if (frame == 0) {
      start(pixels, *decoder);
    }
    if (static_cast<int>(image.width) != pixels.width || static_cast<int>(image.height) != pixels.height ||
        pixels.has_alpha() != (image.alpha_plane != nullptr)) {
      return unreadable(*library, "frames of several shapes", 0);
    }
    if ((result = append_frame(*library, image, pixels)) != 0) {
      return unreadable(*library, "colours", result);
    }
    if (decoder->image_count > 1) {
      pixels.delays.push_back(static_cast<int>(decoder->timing.duration * 1'000 + 0.5));
    }
  }
  return pixels;
}

}  // namespace pictor::imaging
