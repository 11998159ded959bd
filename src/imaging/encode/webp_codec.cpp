#include "imaging/encode/webp_codec.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <unordered_set>
#include <webp/encode.h>
#include <webp/mux.h>

#include "imaging/encode/samples.hpp"

namespace pictor::imaging {
namespace {

constexpr int kSideLimit = WEBP_MAX_DIMENSION;  // 16,383

/// libwebp's method by effort: docs/effort.md has the times. More passes cost much and gain nothing at a set quality.
struct Work {
  int method;
  bool sharp;  ///< chroma halved with the loss at edges made good; dear on photographs, where it gains little
};
constexpr std::array<Work, 10> kLossyByEffort = {Work{0, false}, Work{1, false}, Work{2, false}, Work{3, false},
                                                 Work{4, false}, Work{5, false}, Work{6, false}, Work{6, true},
                                                 Work{6, true},  Work{6, true}};
/// libwebp's ladder for lossless (method and size of searches), 0..9.
constexpr std::array<int, 10> kLosslessByEffort = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
/// So few colours pack well without loss, and trying costs little.
constexpr std::size_t kFewColours = 256;

using MuxHolder = std::unique_ptr<WebPMux, void (*)(WebPMux*)>;
using AnimationHolder = std::unique_ptr<WebPAnimEncoder, void (*)(WebPAnimEncoder*)>;

struct Picture {
  Picture() { WebPPictureInit(&picture); }
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;
  ~Picture() { WebPPictureFree(&picture); }
  WebPPicture picture{};
};
struct Output {
  Output() { WebPMemoryWriterInit(&writer); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() { WebPMemoryWriterClear(&writer); }
  WebPMemoryWriter writer{};
};
struct MuxData {
  MuxData() { WebPDataInit(&data); }
  MuxData(const MuxData&) = delete;
  MuxData& operator=(const MuxData&) = delete;
  ~MuxData() { WebPDataClear(&data); }
  WebPData data{};
};

bool has_flat_areas(Content content) { return content != Content::kPhoto; }

bool is_sharp(const EncodeSettings& settings) {
  // Hard coloured edges lose more by halved chroma: there it pays from the middle of the ladder on.
  return by_effort(kLossyByEffort, settings.effort).sharp ||
         (settings.effort >= 3 && (settings.chroma == Chroma::k444 || has_flat_areas(settings.content)));
}

WebPConfig config_of(const EncodeSettings& settings) {
  WebPConfig config;
  WebPConfigInit(&config);
  if (settings.lossless) {
    WebPConfigLosslessPreset(&config, by_effort(kLosslessByEffort, settings.effort));
    return config;
  }
  const Work work = by_effort(kLossyByEffort, settings.effort);
  config.quality = static_cast<float>(std::clamp(settings.quality, 0.0, 100.0));
  config.method = work.method;
  config.use_sharp_yuv = is_sharp(settings) ? 1 : 0;
  config.alpha_quality = std::clamp(settings.alpha_quality, 0, 100);
  return config;
}

std::string name_of(const WebPConfig& config) {
  const auto version = static_cast<unsigned>(WebPGetEncoderVersion());
  std::string name = "libwebp " + std::to_string(version >> 16U) + "." + std::to_string((version >> 8U) & 0xFFU) + "." +
                     std::to_string(version & 0xFFU);
  if (config.lossless != 0) {
    return name + " lossless";
  }
  return name + " lossy, method " + std::to_string(config.method) + (config.use_sharp_yuv != 0 ? ", sharp chroma" : "");
}

tl::unexpected<Error> failed(const char* where, int code) {
  return fail_internal(std::string("libwebp: ") + where + ", code " + std::to_string(code));
}

/// A frame of 8-bit RGB or RGBA.
Result<void> import(WebPPicture& picture, const Pixels& pixels, int frame) {
  picture.use_argb = 1;
  picture.width = pixels.width;
  picture.height = pixels.height;
  const std::uint8_t* rows = pixels.frame(frame).data();
  const int stride = static_cast<int>(pixels.row_bytes());
  const int done =
      pixels.bands == 4 ? WebPPictureImportRGBA(&picture, rows, stride) : WebPPictureImportRGB(&picture, rows, stride);
  if (done == 0) {
    return failed("import", picture.error_code);
  }
  return {};
}

Result<std::vector<std::uint8_t>> with_profile(const WebPData& file, const std::vector<std::uint8_t>& icc) {
  const MuxHolder mux(WebPMuxCreate(&file, 0), WebPMuxDelete);
  const WebPData profile{icc.data(), icc.size()};
  MuxData whole;
  if (mux == nullptr || WebPMuxSetChunk(mux.get(), "ICCP", &profile, 0) != WEBP_MUX_OK ||
      WebPMuxAssemble(mux.get(), &whole.data) != WEBP_MUX_OK) {
    return failed("profile", 0);
  }
  return std::vector<std::uint8_t>(whole.data.bytes, whole.data.bytes + whole.data.size);
}

Result<std::vector<std::uint8_t>> finished(const WebPData& file, const std::vector<std::uint8_t>& icc) {
  if (!icc.empty()) {
    return with_profile(file, icc);
  }
  return std::vector<std::uint8_t>(file.bytes, file.bytes + file.size);
}

Result<Encoded> encode_still(const Pixels& pixels, const WebPConfig& config) {
  Picture holder;
  Output output;
  if (const Result<void> ready = import(holder.picture, pixels, 0); !ready) {
    return fail(ready.error());
  }
  holder.picture.writer = WebPMemoryWrite;
  holder.picture.custom_ptr = &output.writer;
  if (WebPEncode(&config, &holder.picture) == 0) {
    return failed("encode", holder.picture.error_code);
  }
  Result<std::vector<std::uint8_t>> bytes = finished({output.writer.mem, output.writer.size}, pixels.icc);
  if (!bytes) {
    return fail(bytes.error());
  }
  return Encoded{*std::move(bytes), name_of(config)};
}

Result<Encoded> encode_animation(const Pixels& pixels, const WebPConfig& config, int effort) {
  WebPAnimEncoderOptions options;
  WebPAnimEncoderOptionsInit(&options);
  options.anim_params.loop_count = pixels.loop;
  options.minimize_size = effort >= 8 ? 1 : 0;
  options.allow_mixed = effort >= 6 && config.lossless == 0 ? 1 : 0;
  const AnimationHolder encoder(WebPAnimEncoderNew(pixels.width, pixels.height, &options), WebPAnimEncoderDelete);
  if (encoder == nullptr) {
    return failed("animation", 0);
  }
  int time = 0;
  for (int frame = 0; frame < pixels.frames; ++frame) {
    Picture holder;
    if (const Result<void> ready = import(holder.picture, pixels, frame); !ready) {
      return fail(ready.error());
    }
    if (WebPAnimEncoderAdd(encoder.get(), &holder.picture, time, &config) == 0) {
      return failed("frame", holder.picture.error_code);
    }
    const auto index = static_cast<std::size_t>(frame);
    time += index < pixels.delays.size() ? std::max(0, pixels.delays[index]) : 100;
  }
  MuxData whole;
  if (WebPAnimEncoderAdd(encoder.get(), nullptr, time, nullptr) == 0 ||
      WebPAnimEncoderAssemble(encoder.get(), &whole.data) == 0) {
    return failed(WebPAnimEncoderGetError(encoder.get()), 0);
  }
  Result<std::vector<std::uint8_t>> bytes = finished(whole.data, pixels.icc);
  if (!bytes) {
    return fail(bytes.error());
  }
  return Encoded{*std::move(bytes), name_of(config) + ", animation"};
}

bool has_few_colours(const Pixels& pixels) {
  std::unordered_set<std::uint32_t> seen;
  std::uint32_t last = 0;
  for (std::size_t i = 0; i + static_cast<std::size_t>(pixels.bands) <= pixels.bytes.size();
       i += static_cast<std::size_t>(pixels.bands)) {
    std::uint32_t colour = 0;
    for (int band = 0; band < pixels.bands; ++band) {
      colour = colour << 8U | pixels.bytes[i + static_cast<std::size_t>(band)];
    }
    if (colour != last || seen.empty()) {
      last = colour;
      if (seen.insert(colour).second && seen.size() > kFewColours) {
        return false;
      }
    }
  }
  return true;
}

/// Without loss where that is smaller still. Only tried where it may well be.
std::optional<Encoded> smaller_without_loss(const Pixels& pixels, const EncodeSettings& settings, std::size_t bytes) {
  if (settings.lossless || pixels.frames > 1 || !has_flat_areas(settings.content) || settings.effort < 2 ||
      !has_few_colours(pixels)) {
    return std::nullopt;
  }
  EncodeSettings lossless = settings;
  lossless.lossless = true;
  Result<Encoded> other = encode_still(pixels, config_of(lossless));
  if (!other || other->bytes.size() >= bytes) {
    return std::nullopt;
  }
  return *std::move(other);
}

}  // namespace

Result<Encoded> encode_webp(const Pixels& pixels, const EncodeSettings& settings) {
  if (const Result<void> fits = check_sides(pixels, "webp", kSideLimit); !fits) {
    return fail(fits.error());
  }
  if (pixels.bits != 8 || pixels.bands < 3) {
    return encode_webp(in_colour(in_8_bits(pixels)), settings);
  }
  const WebPConfig config = config_of(settings);
  if (pixels.frames > 1) {
    return encode_animation(pixels, config, settings.effort);
  }
  Result<Encoded> encoded = encode_still(pixels, config);
  if (encoded) {
    if (std::optional<Encoded> other = smaller_without_loss(pixels, settings, encoded->bytes.size())) {
      return *std::move(other);
    }
  }
  return encoded;
}

}  // namespace pictor::imaging
