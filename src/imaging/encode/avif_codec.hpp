#pragma once

#include <cstdint>
#include <span>

#include "imaging/encode/codec.hpp"

namespace pictor::imaging {

/// AVIF by libavif, still or moving: photographs with halved chroma by SVT-AV1 in 10 bits, all
/// else by aom in 8 bits. Call where avif_library() has answered.
///
/// Quality 1..100 becomes AV1's quantizer 63..0 in steps of a quarter where the encoder has them (SVT-AV1: 252 steps),
/// whole ones otherwise. Lossless is 8 bits (16 are rounded) in 4:4:4 without a matrix.
/// The profile is kept; sRGB and Display P3 are named by H.273 code points too. Thread-safe.
/// @error kFormatLimit  a side over 65,535 px
[[nodiscard]] Result<Encoded> encode_avif(const Pixels& pixels, const EncodeSettings& settings);

/// 8 bits: grey or RGB, with alpha where the file has it; all frames of a sequence. Files that we wrote: full range,
/// BT.601's matrix or none. @error kImageUnreadable
[[nodiscard]] Result<Pixels> decode_avif(std::span<const std::uint8_t> file);

}  // namespace pictor::imaging
