#include "imaging/encode/codec.hpp"

#include "imaging/encode/avif_codec.hpp"
#include "imaging/encode/avif_library.hpp"
#include "imaging/encode/gif_codec.hpp"
#include "imaging/encode/jpeg_codec.hpp"
#include "imaging/encode/jxl_codec.hpp"
#include "imaging/encode/jxl_library.hpp"
#include "imaging/encode/png_codec.hpp"
#include "imaging/encode/webp_codec.hpp"

namespace pictor::imaging {

std::optional<Codec> codec_of(domain::ImageFormat format) {
  using domain::ImageFormat;
  switch (format) {
    case ImageFormat::kGif:
      return Codec{.format = format, .fractional = true, .encode = encode_gif, .decode = decode_gif};
    case ImageFormat::kJpeg:
      return Codec{.format = format, .fractional = true, .encode = encode_jpeg, .decode = decode_jpeg};
    case ImageFormat::kPng:
      return Codec{.format = format, .fractional = false, .encode = encode_png, .decode = decode_png};
    case ImageFormat::kWebp:
      return Codec{.format = format, .fractional = true, .encode = encode_webp, .decode = decode_webp};
    case ImageFormat::kAvif:
      if (avif_library() == nullptr) {
        return std::nullopt;
      }
      return Codec{.format = format, .fractional = true, .encode = encode_avif, .decode = decode_avif};
    case ImageFormat::kJxl:
      if (jxl_library() == nullptr) {
        return std::nullopt;
      }
      return Codec{.format = format, .fractional = true, .encode = encode_jxl, .decode = decode_jxl};
    default:
      return std::nullopt;
  }
}

}  // namespace pictor::imaging
