#include <jxl/version.h>
#include <memory>

#include "imaging/encode/jxl_codec.hpp"
#include "imaging/encode/jxl_library.hpp"

namespace pictor::imaging {
namespace {

using DecoderHolder = std::unique_ptr<JxlDecoder, void (*)(JxlDecoder*)>;

tl::unexpected<Error> unreadable(const char* where) {
  return fail({ErrorCode::kImageUnreadable, "The picture is damaged and can't be shown.", where});
}

/// The profile of the numbers that come out. Empty for sRGB, which the file names without a profile.
void read_profile(const JxlLibrary& jxl, const JxlDecoder* decoder, Pixels& pixels) {
  JxlColorEncoding named;
  std::size_t size = 0;
#if defined(JPEGXL_NUMERIC_VERSION) && JPEGXL_NUMERIC_VERSION >= JPEGXL_COMPUTE_NUMERIC_VERSION(0, 9, 0)
  const auto as_named = [&] {
    return jxl.JxlDecoderGetColorAsEncodedProfile(decoder, JXL_COLOR_PROFILE_TARGET_DATA, &named);
  };
  const auto size_of = [&] { return jxl.JxlDecoderGetICCProfileSize(decoder, JXL_COLOR_PROFILE_TARGET_DATA, &size); };
  const auto bytes_of = [&] {
    return jxl.JxlDecoderGetColorAsICCProfile(decoder, JXL_COLOR_PROFILE_TARGET_DATA, pixels.icc.data(), size);
  };
#else
  const auto as_named = [&] {
    return jxl.JxlDecoderGetColorAsEncodedProfile(decoder, nullptr, JXL_COLOR_PROFILE_TARGET_DATA, &named);
  };
  const auto size_of = [&] {
    return jxl.JxlDecoderGetICCProfileSize(decoder, nullptr, JXL_COLOR_PROFILE_TARGET_DATA, &size);
  };
  const auto bytes_of = [&] {
    return jxl.JxlDecoderGetColorAsICCProfile(decoder, nullptr, JXL_COLOR_PROFILE_TARGET_DATA, pixels.icc.data(), size);
  };
#endif
  if (as_named() == JXL_DEC_SUCCESS && named.white_point == JXL_WHITE_POINT_D65 &&
      named.transfer_function == JXL_TRANSFER_FUNCTION_SRGB &&
      (named.color_space == JXL_COLOR_SPACE_GRAY || named.primaries == JXL_PRIMARIES_SRGB)) {
    return;
  }
  if (size_of() == JXL_DEC_SUCCESS) {
    pixels.icc.resize(size);
    if (bytes_of() != JXL_DEC_SUCCESS) {
      pixels.icc.clear();
    }
  }
}

bool give_room(const JxlLibrary& jxl, JxlDecoder* decoder, Pixels& pixels) {
  const JxlPixelFormat format{static_cast<std::uint32_t>(pixels.bands), JXL_TYPE_UINT8, JXL_NATIVE_ENDIAN, 0};
  std::size_t size = 0;
  if (jxl.JxlDecoderImageOutBufferSize(decoder, &format, &size) != JXL_DEC_SUCCESS || size != pixels.frame_bytes()) {
    return false;
  }
  pixels.bytes.resize(size);
  return jxl.JxlDecoderSetImageOutBuffer(decoder, &format, pixels.bytes.data(), size) == JXL_DEC_SUCCESS;
}

bool read_header(const JxlLibrary& jxl, const JxlDecoder* decoder, Pixels& pixels) {
  JxlBasicInfo info;
  if (jxl.JxlDecoderGetBasicInfo(decoder, &info) != JXL_DEC_SUCCESS) {
    return false;
  }
  pixels.width = static_cast<int>(info.xsize);
  pixels.height = static_cast<int>(info.ysize);
  pixels.bands = static_cast<int>(info.num_color_channels) + (info.alpha_bits > 0 ? 1 : 0);
  return true;
}

}  // namespace

Result<Pixels> decode_jxl(std::span<const std::uint8_t> file) {
  const JxlLibrary* jxl = jxl_library();
  if (jxl == nullptr) {
    return fail_internal("libjxl: not opened");
  }
  const DecoderHolder decoder(jxl->JxlDecoderCreate(nullptr), jxl->JxlDecoderDestroy);
  if (decoder == nullptr ||
      jxl->JxlDecoderSubscribeEvents(decoder.get(), JXL_DEC_BASIC_INFO | JXL_DEC_COLOR_ENCODING | JXL_DEC_FULL_IMAGE) !=
          JXL_DEC_SUCCESS ||
      jxl->JxlDecoderSetInput(decoder.get(), file.data(), file.size()) != JXL_DEC_SUCCESS) {
    return fail_internal("libjxl: decoder");
  }
  jxl->JxlDecoderCloseInput(decoder.get());
  Pixels pixels;
  for (;;) {
    switch (jxl->JxlDecoderProcessInput(decoder.get())) {
      case JXL_DEC_BASIC_INFO:
        if (!read_header(*jxl, decoder.get(), pixels)) {
          return unreadable("libjxl: header");
        }
        break;
      case JXL_DEC_COLOR_ENCODING:
        read_profile(*jxl, decoder.get(), pixels);
        break;
      case JXL_DEC_NEED_IMAGE_OUT_BUFFER:
        if (!give_room(*jxl, decoder.get(), pixels)) {
          return unreadable("libjxl: size");
        }
        break;
      case JXL_DEC_FULL_IMAGE:
        return pixels;
      default:
        return unreadable("libjxl: decode");
    }
  }
}

Result<std::vector<std::uint8_t>> restore_jpeg_from_jxl(std::span<const std::uint8_t> file) {
  const JxlLibrary* jxl = jxl_library();
  if (jxl == nullptr) {
    return fail_internal("libjxl: not opened");
  }
  const DecoderHolder decoder(jxl->JxlDecoderCreate(nullptr), jxl->JxlDecoderDestroy);
  if (decoder == nullptr ||
      jxl->JxlDecoderSubscribeEvents(decoder.get(), JXL_DEC_JPEG_RECONSTRUCTION | JXL_DEC_FULL_IMAGE) !=
          JXL_DEC_SUCCESS ||
      jxl->JxlDecoderSetInput(decoder.get(), file.data(), file.size()) != JXL_DEC_SUCCESS) {
    return fail_internal("libjxl: decoder");
  }
  jxl->JxlDecoderCloseInput(decoder.get());
  std::vector<std::uint8_t> jpeg;
  std::size_t used = 0;
  for (;;) {
    const JxlDecoderStatus status = jxl->JxlDecoderProcessInput(decoder.get());
    if (status == JXL_DEC_JPEG_RECONSTRUCTION) {
      jpeg.resize(file.size() * 2 + 4'096);
    } else if (status == JXL_DEC_JPEG_NEED_MORE_OUTPUT) {
      used = jpeg.size() - jxl->JxlDecoderReleaseJPEGBuffer(decoder.get());
      jpeg.resize(jpeg.size() * 2);
    } else if (status == JXL_DEC_FULL_IMAGE && !jpeg.empty()) {
      jpeg.resize(jpeg.size() - jxl->JxlDecoderReleaseJPEGBuffer(decoder.get()));
      return jpeg;
    } else {
      return unreadable("libjxl: no JPEG inside");
    }
    if (jxl->JxlDecoderSetJPEGBuffer(decoder.get(), jpeg.data() + used, jpeg.size() - used) != JXL_DEC_SUCCESS) {
      return fail_internal("libjxl: JPEG buffer");
    }
  }
}

}  // namespace pictor::imaging
