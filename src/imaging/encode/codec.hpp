#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "domain/format.hpp"
#include "imaging/pixels.hpp"

namespace pictor::imaging {

/// How chroma is sampled in the file.
enum class Chroma {
  k420,  ///< halved both ways: photographs
  k444,  ///< whole: hard coloured edges, text, drawings
};

/// What kind of picture an encoder should expect (its tuning, its modes).
enum class Content { kPhoto, kDrawing, kText, kIcon, kScreenshot };

/// One encode of one picture.
struct EncodeSettings {
  double quality = 80;  ///< 1..100 on the encoder's own scale; fractions count where the encoder has them
  bool lossless = false;
  int effort = 4;  ///< 0 (fast) to 9 (small): about × 1.6 in time a step, in every format alike
  Chroma chroma = Chroma::k420;
  Content content = Content::kPhoto;
  bool palette = false;     ///< PNG: at most 256 colours, chosen for the picture
  int alpha_quality = 100;  ///< 1..100, where alpha has a loss of its own (WebP, AVIF)
};

struct Encoded {
  std::vector<std::uint8_t> bytes;  ///< a whole file, with the profile of the pixels and no other metadata
  std::string encoder;              ///< name, version and mode, for the receipt: `jpegli 0.11 4:2:0 progressive`
};

/// One format's encoder, and the decoder that shows what was written.
/// Stateless and thread-safe; they keep nothing between calls.
struct Codec {
  domain::ImageFormat format;
  bool fractional = false;  ///< quality 80.5 gives another file than 80
  /// @error kFormatLimit (a side is too long for the format), kInternal
  Result<Encoded> (*encode)(const Pixels& pixels, const EncodeSettings& settings);
  /// What a browser shows: 8 bits (16 where the file has more and is PNG), the frames of an animation, no colour
  /// conversion. @error kImageUnreadable
  Result<Pixels> (*decode)(std::span<const std::uint8_t> file);
};

/// Nothing when this build or machine has no encoder for the format.
[[nodiscard]] std::optional<Codec> codec_of(domain::ImageFormat format);

}  // namespace pictor::imaging
