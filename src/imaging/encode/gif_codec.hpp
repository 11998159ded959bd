#pragma once

#include <cstdint>
#include <span>

#include "base/error.hpp"
#include "imaging/encode/codec.hpp"
#include "imaging/pixels.hpp"

namespace pictor::imaging {

/// A GIF, moving where the pixels have several frames; delays and loop are kept (delays in hundredths of a second, as
/// the format has them). Palettes are chosen for the picture. `settings.quality` below 100 lets pixels that hardly
/// changed since the frame before stay as they were; `settings.lossless` forbids that, and dithering. 16 bits become
/// 8; alpha is all or nothing. Thread-safe.
/// @error kFormatLimit (a side beyond 65,535 pixels), kInternal
[[nodiscard]] Result<Encoded> encode_gif(const Pixels& pixels, const EncodeSettings& settings);

/// All frames, each as it is shown, with delays in milliseconds. @error kImageUnreadable
[[nodiscard]] Result<Pixels> decode_gif(std::span<const std::uint8_t> file);

}  // namespace pictor::imaging
