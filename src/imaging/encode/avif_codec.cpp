#include "imaging/encode/avif_codec.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "imaging/encode/avif_library.hpp"
#include "imaging/encode/samples.hpp"
#include "imaging/encode/yuv_planes.hpp"

namespace pictor::imaging {
namespace {

using avif_abi::Data;
using avif_abi::Encoder;
using avif_abi::Image;

constexpr int kSideLimit = 65'535;
// SVT-AV1 takes no smaller pictures, and none wider or higher than these.
constexpr int kSvtLeast = 64;
constexpr int kSvtWidest = 16'384;
constexpr int kSvtHighest = 8'704;
// Below 1 it turns lossless, which with tune 4 comes back wrong (4.1.0: 78 points where quantizer 1 has 91).
constexpr double kSvtLeastQuantizer = 1;

/// Presets and speeds by effort: docs/effort.md has the times.
constexpr std::array<int, 10> kSvtPreset = {9, 9, 9, 9, 8, 7, 6, 5, 4, 3};
constexpr std::array<int, 10> kAomSpeed = {10, 10, 9, 9, 8, 7, 6, 5, 4, 3};

/// How one picture is written.
struct Mode {
  bool svt = false;
  bool lossless = false;
  bool halved = false;  ///< 4:2:0
  int depth = 8;
  int work = 0;  ///< SVT-AV1's preset or aom's speed
  double quantizer = 0;
  double alpha_quantizer = 0;
  bool alpha = false;
  bool tuned = false;  ///< aom's tune for SSIMULACRA2: from 3.13 on, still pictures only
};

double quantizer_of(double quality) { return std::clamp((100.0 - quality) * 0.63, 0.0, 63.0); }

bool fits_svt(const Pixels& pixels) {
  return pixels.frames == 1 && pixels.width >= kSvtLeast && pixels.height >= kSvtLeast && pixels.width <= kSvtWidest &&
         pixels.height <= kSvtHighest;
}

Mode mode_of(const Pixels& pixels, const EncodeSettings& settings, const AvifLibrary& library) {
  Mode mode;
  mode.lossless = settings.lossless;
  mode.alpha = pixels.has_alpha();
  mode.halved = !settings.lossless && settings.chroma == Chroma::k420;
  mode.svt = library.has_svt && mode.halved && settings.content == Content::kPhoto && fits_svt(pixels);
  mode.tuned = !mode.svt && !mode.lossless && pixels.frames == 1 && library.aom_has_tune;
  mode.depth = mode.svt ? 10 : 8;
  mode.work = mode.svt ? by_effort(kSvtPreset, settings.effort) : by_effort(kAomSpeed, settings.effort);
  const double least = mode.svt ? kSvtLeastQuantizer : 0;
  mode.quantizer = settings.lossless ? 0 : std::max(least, quantizer_of(settings.quality));
  mode.alpha_quantizer = settings.lossless ? 0 : std::max(least, quantizer_of(settings.alpha_quality));
  return mode;
}

std::string name_of(const Mode& mode, const AvifLibrary& library) {
  return (mode.svt ? library.svt_name + " preset " : library.aom_name + " speed ") + std::to_string(mode.work) + ", " +
         std::to_string(mode.depth) + " bit " + (mode.halved ? "4:2:0" : "4:4:4") + (mode.lossless ? " lossless" : "");
}

tl::unexpected<Error> failed(const AvifLibrary& library, const char* where, avif_abi::Result result) {
  return fail_internal(std::string("libavif: ") + where + ": " + library.call.avifResultToString(result));
}

void store(const std::vector<std::uint16_t>& from, int width, int height, int depth, std::uint8_t* plane,
           std::uint32_t row_bytes) {
  for (int y = 0; y < height; ++y) {
    const std::uint16_t* row = from.data() + static_cast<std::ptrdiff_t>(y) * width;
    std::uint8_t* to = plane + static_cast<std::size_t>(y) * row_bytes;
    if (depth > 8) {
      std::copy_n(row, width, reinterpret_cast<std::uint16_t*>(to));
    } else {
      std::transform(row, row + width, to, [](std::uint16_t sample) { return static_cast<std::uint8_t>(sample); });
    }
  }
}

/// Whether a profile calls itself Display P3, in plain letters or UTF-16.
bool is_display_p3(const std::vector<std::uint8_t>& icc) {
  static constexpr std::string_view kName = "Display P3";
  const std::size_t end = std::min<std::size_t>(icc.size(), 4'096);
  for (const std::size_t step : {std::size_t{1}, std::size_t{2}}) {
    for (std::size_t start = 0; start + kName.size() * step <= end; ++start) {
      std::size_t same = 0;
      while (same < kName.size() && icc[start + same * step] == static_cast<std::uint8_t>(kName[same])) {
        ++same;
      }
      if (same == kName.size()) {
        return true;
      }
    }
  }
  return false;
}

void describe(Image& image, const Pixels& pixels, const Mode& mode) {
  image.yuv_range = avif_abi::kRangeFull;
  image.matrix = mode.lossless && pixels.bands >= 3 ? avif_abi::kMatrixIdentity : avif_abi::kMatrixBt601;
  if (pixels.icc.empty()) {
    image.primaries = avif_abi::kPrimariesBt709;
    image.transfer = avif_abi::kTransferSrgb;
  } else if (is_display_p3(pixels.icc)) {
    image.primaries = avif_abi::kPrimariesDisplayP3;
    image.transfer = avif_abi::kTransferSrgb;
  }
}

using ImageHolder = std::unique_ptr<Image, void (*)(Image*)>;
using EncoderHolder = std::unique_ptr<Encoder, void (*)(Encoder*)>;

Result<ImageHolder> image_of(const AvifLibrary& library, const Pixels& pixels, int frame, const Mode& mode) {
  const YuvPlanes planes =
      planes_of(pixels, frame, mode.depth, mode.halved, mode.lossless ? Matrix::kIdentity : Matrix::kBt601);
  const int format = planes.grey ? avif_abi::kYuv400 : mode.halved ? avif_abi::kYuv420 : avif_abi::kYuv444;
  ImageHolder image(
      library.call.avifImageCreate(static_cast<std::uint32_t>(pixels.width), static_cast<std::uint32_t>(pixels.height),
                                   static_cast<std::uint32_t>(mode.depth), format),
      library.call.avifImageDestroy);
  const std::uint32_t wanted = avif_abi::kPlanesYuv | (planes.alpha.empty() ? 0 : avif_abi::kPlanesAlpha);
  if (image == nullptr || library.call.avifImageAllocatePlanes(image.get(), wanted) != 0) {
    return fail_internal("libavif: no memory for planes");
  }
  describe(*image, pixels, mode);
  store(planes.y, planes.width, planes.height, mode.depth, image->yuv_planes[0], image->yuv_row_bytes[0]);
  if (!planes.grey) {
    store(planes.u, planes.chroma_width(), planes.chroma_height(), mode.depth, image->yuv_planes[1],
          image->yuv_row_bytes[1]);
    store(planes.v, planes.chroma_width(), planes.chroma_height(), mode.depth, image->yuv_planes[2],
          image->yuv_row_bytes[2]);
  }
  if (!planes.alpha.empty()) {
    store(planes.alpha, planes.width, planes.height, mode.depth, image->alpha_plane, image->alpha_row_bytes);
  }
  if (!pixels.icc.empty()) {
    if (const int result = library.call.avifImageSetProfileICC(image.get(), pixels.icc.data(), pixels.icc.size())) {
      return failed(library, "profile", result);
    }
  }
  return image;
}

/// `25.75`: SVT-AV1 takes quarters.
std::string quarters(double quantizer) {
  const long steps = std::lround(quantizer * 4);
  static constexpr std::array<const char*, 4> kFractions = {"", ".25", ".5", ".75"};
  return std::to_string(steps / 4) + kFractions[static_cast<std::size_t>(steps % 4)];
}

/// The encoders' own options. Tune 4 is SVT-AV1's for still pictures, measured by MS-SSIM.
std::vector<std::pair<std::string, std::string>> options_of(const Mode& mode) {
  if (mode.svt) {
    std::vector<std::pair<std::string, std::string>> options = {{"preset", std::to_string(mode.work)}, {"tune", "4"}};
    if (!mode.alpha) {
      // Would count for the alpha plane too: with one, libavif's whole steps must do.
      options.emplace_back("crf", quarters(mode.quantizer));
    }
    return options;
  }
  if (mode.tuned) {
    return {{"color:tune", "ssimulacra2"}};  // alpha planes refuse it
  }
  return {};
}

Result<void> configure(const AvifLibrary& library, Encoder& encoder, const Pixels& pixels, const Mode& mode) {
  encoder.codec_choice = mode.svt ? avif_abi::kCodecSvt : avif_abi::kCodecAom;
  encoder.max_threads = 1;
  encoder.speed = std::clamp(mode.work, 0, 10);
  encoder.quality = mode.lossless ? 100 : static_cast<int>(std::lround(100 - mode.quantizer / 0.63));
  encoder.quality_alpha = mode.lossless ? 100 : static_cast<int>(std::lround(100 - mode.alpha_quantizer / 0.63));
  if (pixels.frames > 1) {
    encoder.timescale = 1'000;
    encoder.repetition_count = pixels.loop == 0 ? avif_abi::kRepeatForever : pixels.loop - 1;
  }
  for (const auto& [key, value] : options_of(mode)) {
    if (const int result = library.call.avifEncoderSetCodecSpecificOption(&encoder, key.c_str(), value.c_str())) {
      return failed(library, key.c_str(), result);
    }
  }
  return {};
}

Result<void> add_frames(const AvifLibrary& library, Encoder& encoder, const Pixels& pixels, const Mode& mode) {
  for (int frame = 0; frame < pixels.frames; ++frame) {
    const Result<ImageHolder> image = image_of(library, pixels, frame, mode);
    if (!image) {
      return fail(image.error());
    }
    const auto index = static_cast<std::size_t>(frame);
    const int delay = index < pixels.delays.size() ? std::max(1, pixels.delays[index]) : 100;
    const int result = library.call.avifEncoderAddImage(&encoder, image->get(), static_cast<std::uint64_t>(delay),
                                                        pixels.frames == 1 ? avif_abi::kAddSingle : 0);
    if (result != 0) {
      return failed(library, "frame", result);
    }
  }
  return {};
}

Result<Encoded> encode_in(const AvifLibrary& library, const Pixels& pixels, const Mode& mode) {
  const EncoderHolder encoder(library.call.avifEncoderCreate(), library.call.avifEncoderDestroy);
  if (encoder == nullptr) {
    return fail_internal("libavif: no encoder");
  }
  if (const Result<void> done = configure(library, *encoder, pixels, mode); !done) {
    return fail(done.error());
  }
  if (const Result<void> done = add_frames(library, *encoder, pixels, mode); !done) {
    return fail(done.error());
  }
  struct Output {
    explicit Output(const AvifLibrary& owner) : library(owner) {}
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    ~Output() { library.call.avifRWDataFree(&data); }
    const AvifLibrary& library;
    Data data{nullptr, 0};
  } output(library);
  if (const int result = library.call.avifEncoderFinish(encoder.get(), &output.data)) {
    return failed(library, "finish", result);
  }
  return Encoded{{output.data.data, output.data.data + output.data.size}, name_of(mode, library)};
}

}  // namespace

Result<Encoded> encode_avif(const Pixels& pixels, const EncodeSettings& settings) {
  const AvifLibrary* library = avif_library();
  if (library == nullptr) {
    return fail_internal("libavif: not opened");
  }
  if (const Result<void> fits = check_sides(pixels, "avif", kSideLimit); !fits) {
    return fail(fits.error());
  }
  if (pixels.has_alpha() && !is_translucent(pixels)) {
    return encode_avif(without_alpha(pixels), settings);
  }
  return encode_in(*library, pixels, mode_of(pixels, settings, *library));
}

}  // namespace pictor::imaging
