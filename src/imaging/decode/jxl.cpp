#include "imaging/decode/jxl.hpp"

#include <algorithm>
#include <memory>

#include "imaging/encode/jxl_library.hpp"
#include "imaging/vips_errors.hpp"

namespace pictor::imaging {

Result<JxlHeader> read_jxl_header(std::span<const std::uint8_t> bytes) {
  const JxlLibrary* jxl = jxl_library();
  if (jxl == nullptr) {
    return fail({ErrorCode::kUnsupportedMediaType,
                 "This server can't read JPEG XL: its operator must install the package libjxl0.7."});
  }
  const std::unique_ptr<JxlDecoder, void (*)(JxlDecoder*)> decoder(jxl->JxlDecoderCreate(nullptr),
                                                                   jxl->JxlDecoderDestroy);
  if (decoder == nullptr ||
      jxl->JxlDecoderSubscribeEvents(decoder.get(), JXL_DEC_BASIC_INFO) != JXL_DEC_SUCCESS ||
      jxl->JxlDecoderSetInput(decoder.get(), bytes.data(), bytes.size()) != JXL_DEC_SUCCESS) {
    return fail_internal("libjxl: decoder");
  }
  jxl->JxlDecoderCloseInput(decoder.get());
  JxlBasicInfo info;
  if (jxl->JxlDecoderProcessInput(decoder.get()) != JXL_DEC_BASIC_INFO ||
      jxl->JxlDecoderGetBasicInfo(decoder.get(), &info) != JXL_DEC_SUCCESS) {
    return fail_unreadable("jxl: header");
  }
  constexpr std::uint32_t kMaxSide = 1U << 30U;
  return JxlHeader{static_cast<int>(std::min(info.xsize, kMaxSide)),
                   static_cast<int>(std::min(info.ysize, kMaxSide)),
                   static_cast<int>(info.bits_per_sample),
                   info.alpha_bits > 0,
                   info.num_color_channels == 1,
                   info.have_animation == JXL_TRUE};
}

}  // namespace pictor::imaging
