#include "imaging/encode/jxl_library.hpp"

#include <dlfcn.h>
#include <jxl/version.h>
#include <memory>

namespace pictor::imaging {
namespace {

#define PICTOR_TEXT_OF(number) #number
#define PICTOR_TEXT(number) PICTOR_TEXT_OF(number)
constexpr const char* kFile = "libjxl.so." PICTOR_TEXT(JPEGXL_MAJOR_VERSION) "." PICTOR_TEXT(JPEGXL_MINOR_VERSION);
#undef PICTOR_TEXT
#undef PICTOR_TEXT_OF

bool find_all(void* handle, JxlLibrary& library) {
  const auto find = [handle](const char* name, auto& function) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, name));
    return function != nullptr;
  };
#define PICTOR_JXL(name) find(#name, library.name)
  return PICTOR_JXL(JxlEncoderVersion) && PICTOR_JXL(JxlEncoderCreate) && PICTOR_JXL(JxlEncoderDestroy) &&
         PICTOR_JXL(JxlEncoderInitBasicInfo) && PICTOR_JXL(JxlEncoderSetBasicInfo) &&
         PICTOR_JXL(JxlEncoderSetColorEncoding) && PICTOR_JXL(JxlEncoderSetICCProfile) &&
         PICTOR_JXL(JxlColorEncodingSetToSRGB) && PICTOR_JXL(JxlEncoderFrameSettingsCreate) &&
         PICTOR_JXL(JxlEncoderFrameSettingsSetOption) && PICTOR_JXL(JxlEncoderSetFrameDistance) &&
         PICTOR_JXL(JxlEncoderSetFrameLossless) && PICTOR_JXL(JxlEncoderAddImageFrame) &&
         PICTOR_JXL(JxlEncoderAddJPEGFrame) && PICTOR_JXL(JxlEncoderUseContainer) &&
         PICTOR_JXL(JxlEncoderStoreJPEGMetadata) && PICTOR_JXL(JxlEncoderCloseInput) &&
         PICTOR_JXL(JxlEncoderProcessOutput) && PICTOR_JXL(JxlDecoderCreate) && PICTOR_JXL(JxlDecoderDestroy) &&
         PICTOR_JXL(JxlDecoderSubscribeEvents) && PICTOR_JXL(JxlDecoderSetInput) && PICTOR_JXL(JxlDecoderCloseInput) &&
         PICTOR_JXL(JxlDecoderProcessInput) && PICTOR_JXL(JxlDecoderGetBasicInfo) &&
         PICTOR_JXL(JxlDecoderGetICCProfileSize) && PICTOR_JXL(JxlDecoderGetColorAsICCProfile) &&
         PICTOR_JXL(JxlDecoderGetColorAsEncodedProfile) && PICTOR_JXL(JxlDecoderImageOutBufferSize) &&
         PICTOR_JXL(JxlDecoderSetImageOutBuffer) && PICTOR_JXL(JxlDecoderSetJPEGBuffer) &&
         PICTOR_JXL(JxlDecoderReleaseJPEGBuffer);
#undef PICTOR_JXL
}

std::unique_ptr<JxlLibrary> opened() {
  void* handle = dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  auto library = std::make_unique<JxlLibrary>();
  if (handle == nullptr || !find_all(handle, *library)) {
    return nullptr;
  }
  const std::uint32_t version = library->JxlEncoderVersion();
  library->name = "libjxl " + std::to_string(version / 1'000'000) + "." + std::to_string(version / 1'000 % 1'000) +
                  "." + std::to_string(version % 1'000);
  return library;
}

}  // namespace

const JxlLibrary* jxl_library() {
  static const std::unique_ptr<JxlLibrary> library = opened();
  return library.get();
}

}  // namespace pictor::imaging
