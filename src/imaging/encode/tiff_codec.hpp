#pragma once

#include "imaging/encode/codec.hpp"

namespace pictor::imaging {

/// Deflate with the horizontal predictor, without loss. For `format: original` of a TIFF source only.
[[nodiscard]] Result<Encoded> encode_tiff(const Pixels& pixels, const EncodeSettings& settings);
/// @error kImageUnreadable
[[nodiscard]] Result<Pixels> decode_tiff(std::span<const std::uint8_t> file);

}  // namespace pictor::imaging
