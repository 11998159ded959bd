#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/error.hpp"
#include "imaging/encode/codec.hpp"
#include "imaging/pixels.hpp"

namespace pictor::imaging {

/// Packs one picture (the first frame) as PNG. Every visible pixel comes back as it was, unless `settings.palette`
/// asks for at most 256 colours, chosen by `settings.quality`; the colour of wholly transparent pixels is not kept.
/// `settings.effort` sets how many ways are tried and how hard the last one is squeezed. Thread-safe.
/// @error kInternal
[[nodiscard]] Result<Encoded> encode_png(const Pixels& pixels, const EncodeSettings& settings);

/// Reads a PNG as browsers do: palettes are colours, 16 bits stay 16, below 8 bits become 8.
/// @error kImageUnreadable
[[nodiscard]] Result<Pixels> decode_png(std::span<const std::uint8_t> file);

/// The same picture in fewer bytes, or the file as it was: when nothing was gained, it moves, or it isn't understood.
/// Chunks that describe the pixels' numbers and metadata stay; what hangs on the colour type (bKGD, sBIT, hIST) goes
/// when the type changes. Thread-safe.
[[nodiscard]] std::vector<std::uint8_t> optimise_png(std::span<const std::uint8_t> file, int effort);

}  // namespace pictor::imaging
