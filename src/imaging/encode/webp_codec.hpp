#pragma once

#include <cstdint>
#include <span>

#include "imaging/encode/codec.hpp"

namespace pictor::imaging {

/// WebP by libwebp, still or moving; 8 bits a sample, quality with fractions on libwebp's own scale.
/// Lossless keeps each visible pixel; the colour of wholly transparent ones is not kept. Of drawings, text, icons and
/// screenshots with few colours the lossless form is taken instead, whenever it is the smaller one.
/// Animations keep times and loop count. Thread-safe. @error kFormatLimit  a side over 16,383 px
[[nodiscard]] Result<Encoded> encode_webp(const Pixels& pixels, const EncodeSettings& settings);

/// RGB, or RGBA where the file has alpha; all frames of an animation, each as a whole picture.
/// @error kImageUnreadable
[[nodiscard]] Result<Pixels> decode_webp(std::span<const std::uint8_t> file);

}  // namespace pictor::imaging
