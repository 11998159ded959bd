#include "imaging/encode/avif_library.hpp"

#include <array>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <memory>

#ifndef PICTOR_AVIF_LIBRARY
#define PICTOR_AVIF_LIBRARY ""
#endif

namespace pictor::imaging {
namespace {

using namespace avif_abi;  // NOLINT(google-build-using-namespace): this file is about it

bool find_all(void* handle, Functions& call) {
  const auto find = [handle](const char* name, auto& function) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, name));
    return function != nullptr;
  };
#define PICTOR_AVIF(name) find(#name, call.name)
  return PICTOR_AVIF(avifVersion) && PICTOR_AVIF(avifCodecVersions) && PICTOR_AVIF(avifResultToString) &&
         PICTOR_AVIF(avifCodecName) && PICTOR_AVIF(avifRWDataFree) && PICTOR_AVIF(avifImageCreate) &&
         PICTOR_AVIF(avifImageDestroy) && PICTOR_AVIF(avifImageAllocatePlanes) && PICTOR_AVIF(avifImageSetProfileICC) &&
         PICTOR_AVIF(avifRGBImageSetDefaults) && PICTOR_AVIF(avifImageYUVToRGB) && PICTOR_AVIF(avifEncoderCreate) &&
         PICTOR_AVIF(avifEncoderDestroy) && PICTOR_AVIF(avifEncoderSetCodecSpecificOption) &&
         PICTOR_AVIF(avifEncoderAddImage) && PICTOR_AVIF(avifEncoderFinish) && PICTOR_AVIF(avifDecoderCreate) &&
         PICTOR_AVIF(avifDecoderDestroy) && PICTOR_AVIF(avifDecoderSetIOMemory) && PICTOR_AVIF(avifDecoderParse) &&
         PICTOR_AVIF(avifDecoderNextImage);
#undef PICTOR_AVIF
}

/// Of the same major version, and this minor one or a newer.
bool is_at_least(const char* version, long major, long minor) {
  char* rest = nullptr;
  if (std::strtol(version, &rest, 10) != major) {
    return false;
  }
  return (*rest == '.' ? std::strtol(rest + 1, nullptr, 10) : 0) >= minor;
}

/// Fresh structures have known values at known places; elsewhere the declarations do not fit this library.
bool is_as_declared(const Functions& call) {
  const std::unique_ptr<Image, void (*)(Image*)> image(call.avifImageCreate(17, 9, 10, kYuv420), call.avifImageDestroy);
  if (image == nullptr || image->width != 17 || image->height != 9 || image->depth != 10 ||
      image->yuv_format != kYuv420 || call.avifImageAllocatePlanes(image.get(), kPlanesYuv | kPlanesAlpha) != 0 ||
      image->yuv_planes[2] == nullptr || image->yuv_row_bytes[0] < 34 || image->alpha_plane == nullptr ||
      image->alpha_row_bytes < 34 || image->icc.size != 0 || image->primaries != kUnspecified ||
      image->transfer != kUnspecified || image->matrix != kUnspecified) {
    return false;
  }
  RgbImage rgb{};
  call.avifRGBImageSetDefaults(&rgb, image.get());
  if (rgb.width != 17 || rgb.height != 9 || rgb.depth != 10 || rgb.pixels != nullptr || rgb.max_threads != 1) {
    return false;
  }
  const std::unique_ptr<Encoder, void (*)(Encoder*)> encoder(call.avifEncoderCreate(), call.avifEncoderDestroy);
  if (encoder == nullptr || encoder->max_threads != 1 || encoder->timescale != 1 ||
      encoder->repetition_count != kRepeatForever || encoder->max_quantizer != 63 ||
      encoder->max_quantizer_alpha != 63) {
    return false;
  }
  const std::unique_ptr<Decoder, void (*)(Decoder*)> decoder(call.avifDecoderCreate(), call.avifDecoderDestroy);
  return decoder != nullptr && decoder->max_threads == 1 && decoder->image_size_limit == 16'384U * 16'384U &&
         decoder->image_dimension_limit == 32'768 && decoder->repetition_count == 0 && decoder->image_count == 0;
}

/// `svt [enc]:v4.1.0, …` → `4.1.0`
std::string version_of(const std::string& versions, const std::string& codec) {
  const std::size_t start = versions.find(codec + " [");
  if (start == std::string::npos) {
    return {};
  }
  const std::size_t first = versions.find_first_of("0123456789", start);
  return first == std::string::npos ? std::string{}
                                    : versions.substr(first, versions.find_first_not_of("0123456789.", first) - first);
}

std::unique_ptr<AvifLibrary> opened(const char* path) {
  void* handle = *path == '\0' ? nullptr : dlopen(path, RTLD_NOW | RTLD_LOCAL);
  auto library = std::make_unique<AvifLibrary>();
  if (handle == nullptr || !find_all(handle, library->call) || !is_at_least(library->call.avifVersion(), 1, 1) ||
      !is_as_declared(library->call)) {
    return nullptr;  // the handle stays: such libraries keep threads and atexit handlers
  }
  constexpr std::uint32_t kCanEncode = 2;
  std::array<char, 256> versions{};
  library->call.avifCodecVersions(versions.data());
  library->has_svt = library->call.avifCodecName(kCodecSvt, kCanEncode) != nullptr;
  library->has_aom = library->call.avifCodecName(kCodecAom, kCanEncode) != nullptr;
  library->svt_name = "SVT-AV1 " + version_of(versions.data(), "svt");
  const std::string aom = version_of(versions.data(), "aom");
  library->aom_name = "aom " + aom;
  library->aom_has_tune = is_at_least(aom.c_str(), 3, 13);
  return library;
}

std::unique_ptr<AvifLibrary> best_there_is() {
  // SVT-AV1 writes to standard error else. Before the first thread: the child calls this at its start.
  setenv("SVT_LOG", "1", 0);  // NOLINT(concurrency-mt-unsafe)
  std::unique_ptr<AvifLibrary> system = opened("libavif.so.16");
  if (system != nullptr && system->has_svt) {
    return system;
  }
  std::unique_ptr<AvifLibrary> ours = opened(PICTOR_AVIF_LIBRARY);
  return ours != nullptr ? std::move(ours) : std::move(system);
}

}  // namespace

const AvifLibrary* avif_library() {
  static const std::unique_ptr<AvifLibrary> library = best_there_is();
  return library.get();
}

}  // namespace pictor::imaging
