#include <algorithm>
#include <memory>

#include "imaging/encode/avif_codec.hpp"
#include "imaging/encode/avif_library.hpp"
#include "imaging/encode/yuv_planes.hpp"

namespace pictor::imaging {
namespace {

using avif_abi::Decoder;
using avif_abi::Image;
using DecoderHolder = std::unique_ptr<Decoder, void (*)(Decoder*)>;

tl::unexpected<Error> unreadable(const AvifLibrary& library, const char* where, avif_abi::Result result) {
  return fail({ErrorCode::kImageUnreadable, "The picture is damaged and can't be shown.",
               std::string("libavif: ") + where + ": " + library.call.avifResultToString(result)});
}

std::vector<std::uint16_t> loaded(const std::uint8_t* plane, std::uint32_t row_bytes, int width, int height,
                                  std::uint32_t depth) {
  std::vector<std::uint16_t> samples(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* row = plane + static_cast<std::size_t>(y) * row_bytes;
    std::uint16_t* to = samples.data() + static_cast<std::ptrdiff_t>(y) * width;
    if (depth > 8) {
      std::copy_n(reinterpret_cast<const std::uint16_t*>(row), width, to);
    } else {
      std::copy_n(row, width, to);
    }
  }
  return samples;
}

YuvPlanes planes_of_image(const Image& image) {
  YuvPlanes planes{.width = static_cast<int>(image.width),
                   .height = static_cast<int>(image.height),
                   .depth = static_cast<int>(image.depth)};
  planes.grey = image.yuv_format == avif_abi::kYuv400;
  planes.chroma_shift = image.yuv_format == avif_abi::kYuv420 ? 1 : 0;
  planes.identity = image.matrix == avif_abi::kMatrixIdentity && !planes.grey;
  planes.y = loaded(image.yuv_planes[0], image.yuv_row_bytes[0], planes.width, planes.height, image.depth);
  if (!planes.grey) {
    planes.u =
        loaded(image.yuv_planes[1], image.yuv_row_bytes[1], planes.chroma_width(), planes.chroma_height(), image.depth);
    planes.v =
        loaded(image.yuv_planes[2], image.yuv_row_bytes[2], planes.chroma_width(), planes.chroma_height(), image.depth);
  }
  if (image.alpha_plane != nullptr) {
    planes.alpha = loaded(image.alpha_plane, image.alpha_row_bytes, planes.width, planes.height, image.depth);
  }
  return planes;
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
    append_pixels(planes_of_image(image), pixels);
    if (decoder->image_count > 1) {
      pixels.delays.push_back(static_cast<int>(decoder->timing.duration * 1'000 + 0.5));
    }
  }
  return pixels;
}

}  // namespace pictor::imaging
