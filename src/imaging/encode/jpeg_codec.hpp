#pragma once

#include <cstdint>
#include <span>

#include "imaging/encode/codec.hpp"

namespace pictor::imaging {

/// JPEG by jpegli: optimised Huffman codes, progressive from effort 2 on, adaptive quantisation, 8 or 16 bits in.
///
/// Quality 1..100 becomes jpegli's distance as its own scale does for whole numbers: 0.1 + 0.09 (100 − q) from 30 up,
/// 53/3000 q² − 23/20 q + 25 below, 0.01 at 100; fractions lie between. Below about 0.05 two settings may give the same
/// file, since quantisers are whole numbers.
/// Alpha is laid over white; of an animation the first frame is taken. Thread-safe.
/// @error kFormatLimit  a side over 65,500 px
[[nodiscard]] Result<Encoded> encode_jpeg(const Pixels& pixels, const EncodeSettings& settings);

/// By libjpeg-turbo as browsers use it: smooth chroma, exact integer DCT. Grey or RGB.
/// @error kImageUnreadable
[[nodiscard]] Result<Pixels> decode_jpeg(std::span<const std::uint8_t> file);

}  // namespace pictor::imaging
