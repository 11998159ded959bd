#include "imaging/encode/jxl_codec.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "imaging/encode/jxl_library.hpp"
#include "imaging/encode/samples.hpp"

namespace pictor::imaging {
namespace {

constexpr int kSideLimit = 262'144;
constexpr float kWorstDistance = 15;
/// libjxl's effort by ours: docs/effort.md has the times.
constexpr std::array<int, 10> kEffort = {3, 3, 3, 4, 4, 5, 6, 7, 8, 9};
constexpr std::array<int, 10> kLosslessEffort = {1, 2, 3, 3, 4, 5, 6, 7, 8, 9};

using EncoderHolder = std::unique_ptr<JxlEncoder, void (*)(JxlEncoder*)>;

Result<std::vector<std::uint8_t>> all_output(const JxlLibrary& jxl, JxlEncoder* encoder) {
  std::vector<std::uint8_t> bytes(1U << 16U);
  std::size_t used = 0;
  for (;;) {
    std::uint8_t* next = bytes.data() + used;
    std::size_t left = bytes.size() - used;
    const JxlEncoderStatus status = jxl.JxlEncoderProcessOutput(encoder, &next, &left);
    used = bytes.size() - left;
    if (status == JXL_ENC_SUCCESS) {
      bytes.resize(used);
      return bytes;
    }
    if (status != JXL_ENC_NEED_MORE_OUTPUT) {
      return fail_internal("libjxl: output");
    }
    bytes.resize(bytes.size() * 2);
  }
}

bool describe(const JxlLibrary& jxl, JxlEncoder* encoder, const Pixels& pixels, const EncodeSettings& settings) {
  JxlBasicInfo info;
  jxl.JxlEncoderInitBasicInfo(&info);
  info.xsize = static_cast<std::uint32_t>(pixels.width);
  info.ysize = static_cast<std::uint32_t>(pixels.height);
  info.bits_per_sample = static_cast<std::uint32_t>(pixels.bits);
  info.num_color_channels = pixels.bands < 3 ? 1 : 3;
  info.uses_original_profile = settings.lossless ? JXL_TRUE : JXL_FALSE;
  if (pixels.has_alpha()) {
    info.num_extra_channels = 1;
    info.alpha_bits = static_cast<std::uint32_t>(pixels.bits);
  }
  if (jxl.JxlEncoderSetBasicInfo(encoder, &info) != JXL_ENC_SUCCESS) {
    return false;
  }
  if (!pixels.icc.empty()) {
    return jxl.JxlEncoderSetICCProfile(encoder, pixels.icc.data(), pixels.icc.size()) == JXL_ENC_SUCCESS;
  }
  JxlColorEncoding colours;
  jxl.JxlColorEncodingSetToSRGB(&colours, pixels.bands < 3 ? JXL_TRUE : JXL_FALSE);
  return jxl.JxlEncoderSetColorEncoding(encoder, &colours) == JXL_ENC_SUCCESS;
}

bool set_work(const JxlLibrary& jxl, JxlEncoderFrameSettings* frame, const EncodeSettings& settings) {
  const int effort =
      settings.lossless ? by_effort(kLosslessEffort, settings.effort) : by_effort(kEffort, settings.effort);
  if (jxl.JxlEncoderFrameSettingsSetOption(frame, JXL_ENC_FRAME_SETTING_EFFORT, effort) != JXL_ENC_SUCCESS) {
    return false;
  }
  if (settings.lossless) {
    return jxl.JxlEncoderSetFrameLossless(frame, JXL_TRUE) == JXL_ENC_SUCCESS;
  }
  const float distance = std::min(kWorstDistance, distance_of_quality(settings.quality));
  return jxl.JxlEncoderSetFrameDistance(frame, distance) == JXL_ENC_SUCCESS;
}

}  // namespace

Result<Encoded> encode_jxl(const Pixels& pixels, const EncodeSettings& settings) {
  const JxlLibrary* jxl = jxl_library();
  if (jxl == nullptr) {
    return fail_internal("libjxl: not opened");
  }
  if (const Result<void> fits = check_sides(pixels, "jxl", kSideLimit); !fits) {
    return fail(fits.error());
  }
  const EncoderHolder encoder(jxl->JxlEncoderCreate(nullptr), jxl->JxlEncoderDestroy);
  if (encoder == nullptr || !describe(*jxl, encoder.get(), pixels, settings)) {
    return fail_internal("libjxl: description");
  }
  JxlEncoderFrameSettings* frame = jxl->JxlEncoderFrameSettingsCreate(encoder.get(), nullptr);
  if (frame == nullptr || !set_work(*jxl, frame, settings)) {
    return fail_internal("libjxl: settings");
  }
  const JxlPixelFormat format{static_cast<std::uint32_t>(pixels.bands),
                              pixels.bits == 16 ? JXL_TYPE_UINT16 : JXL_TYPE_UINT8, JXL_NATIVE_ENDIAN, 0};
  if (jxl->JxlEncoderAddImageFrame(frame, &format, pixels.frame(0).data(), pixels.frame_bytes()) != JXL_ENC_SUCCESS) {
    return fail_internal("libjxl: frame");
  }
  jxl->JxlEncoderCloseInput(encoder.get());
  Result<std::vector<std::uint8_t>> bytes = all_output(*jxl, encoder.get());
  if (!bytes) {
    return fail(bytes.error());
  }
  return Encoded{*std::move(bytes), jxl->name + (settings.lossless ? " lossless" : "") + " effort " +
                                        std::to_string(settings.lossless ? by_effort(kLosslessEffort, settings.effort)
                                                                         : by_effort(kEffort, settings.effort))};
}

Result<std::vector<std::uint8_t>> transcode_jpeg_to_jxl(std::span<const std::uint8_t> jpeg) {
  const JxlLibrary* jxl = jxl_library();
  if (jxl == nullptr) {
    return fail_internal("libjxl: not opened");
  }
  const EncoderHolder encoder(jxl->JxlEncoderCreate(nullptr), jxl->JxlEncoderDestroy);
  JxlEncoderFrameSettings* frame =
      encoder == nullptr ? nullptr : jxl->JxlEncoderFrameSettingsCreate(encoder.get(), nullptr);
  if (frame == nullptr || jxl->JxlEncoderUseContainer(encoder.get(), JXL_TRUE) != JXL_ENC_SUCCESS ||
      jxl->JxlEncoderStoreJPEGMetadata(encoder.get(), JXL_TRUE) != JXL_ENC_SUCCESS) {
    return fail_internal("libjxl: settings");
  }
  if (jxl->JxlEncoderAddJPEGFrame(frame, jpeg.data(), jpeg.size()) != JXL_ENC_SUCCESS) {
    return fail({ErrorCode::kImageUnreadable, "This JPEG can't be carried over to JPEG XL without loss.",
                 "libjxl: JPEG frame"});
  }
  jxl->JxlEncoderCloseInput(encoder.get());
  return all_output(*jxl, encoder.get());
}

}  // namespace pictor::imaging
