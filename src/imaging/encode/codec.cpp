#include "imaging/encode/codec.hpp"

#include "imaging/encode/jpeg_codec.hpp"

namespace pictor::imaging {

std::optional<Codec> codec_of(domain::ImageFormat format) {
  using domain::ImageFormat;
  switch (format) {
    case ImageFormat::kJpeg:
      return Codec{.format = format, .fractional = true, .encode = encode_jpeg, .decode = decode_jpeg};
    default:
      return std::nullopt;
  }
}

}  // namespace pictor::imaging
