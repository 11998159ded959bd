#pragma once

#include <jxl/decode.h>
#include <jxl/encode.h>
#include <string>

namespace pictor::imaging {

/// Debian's libjxl, opened at run time: it brings a libhwy of its own, which must stay apart from ours.
/// The functions that are used, by the header's own types.
struct JxlLibrary {
// NOLINTNEXTLINE(bugprone-macro-parentheses): a name is declared, not used
#define PICTOR_JXL(name) decltype(&::name) name = nullptr
  PICTOR_JXL(JxlEncoderVersion);
  PICTOR_JXL(JxlEncoderCreate);
  PICTOR_JXL(JxlEncoderDestroy);
  PICTOR_JXL(JxlEncoderInitBasicInfo);
  PICTOR_JXL(JxlEncoderSetBasicInfo);
  PICTOR_JXL(JxlEncoderSetColorEncoding);
  PICTOR_JXL(JxlEncoderSetICCProfile);
  PICTOR_JXL(JxlColorEncodingSetToSRGB);
  PICTOR_JXL(JxlEncoderFrameSettingsCreate);
  PICTOR_JXL(JxlEncoderFrameSettingsSetOption);
  PICTOR_JXL(JxlEncoderSetFrameDistance);
  PICTOR_JXL(JxlEncoderSetFrameLossless);
  PICTOR_JXL(JxlEncoderAddImageFrame);
  PICTOR_JXL(JxlEncoderAddJPEGFrame);
  PICTOR_JXL(JxlEncoderUseContainer);
  PICTOR_JXL(JxlEncoderStoreJPEGMetadata);
  PICTOR_JXL(JxlEncoderCloseInput);
  PICTOR_JXL(JxlEncoderProcessOutput);
  PICTOR_JXL(JxlDecoderCreate);
  PICTOR_JXL(JxlDecoderDestroy);
  PICTOR_JXL(JxlDecoderSubscribeEvents);
  PICTOR_JXL(JxlDecoderSetInput);
  PICTOR_JXL(JxlDecoderCloseInput);
  PICTOR_JXL(JxlDecoderProcessInput);
  PICTOR_JXL(JxlDecoderGetBasicInfo);
  PICTOR_JXL(JxlDecoderGetICCProfileSize);
  PICTOR_JXL(JxlDecoderGetColorAsICCProfile);
  PICTOR_JXL(JxlDecoderGetColorAsEncodedProfile);
  PICTOR_JXL(JxlDecoderImageOutBufferSize);
  PICTOR_JXL(JxlDecoderSetImageOutBuffer);
  PICTOR_JXL(JxlDecoderSetJPEGBuffer);
  PICTOR_JXL(JxlDecoderReleaseJPEGBuffer);
#undef PICTOR_JXL
  std::string name;  ///< `libjxl 0.7.0`
};

/// Call it first before the sandbox closes; then it only answers. Thread-safe. Nothing: the machine has none of the
/// header's version.
[[nodiscard]] const JxlLibrary* jxl_library();

}  // namespace pictor::imaging
