#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "imaging/encode/codec.hpp"

namespace pictor::imaging {

/// JPEG XL by libjxl, still pictures. Call where jxl_library() has answered. Quality 1..100 becomes the distance as in
/// jpeg_codec.hpp, which is libjxl's own scale, at most 15. Alpha is always exact; lossless keeps 8 or 16 bits.
/// Thread-safe. @error kFormatLimit  a side over 262,144 px (level 5 of the codestream)
[[nodiscard]] Result<Encoded> encode_jxl(const Pixels& pixels, const EncodeSettings& settings);

/// 8 bits; grey or RGB, with alpha where the file has it. @error kImageUnreadable
[[nodiscard]] Result<Pixels> decode_jxl(std::span<const std::uint8_t> file);

/// A JPEG file as JPEG XL, about a fifth smaller, from which the very bytes come back.
/// @error kImageUnreadable  libjxl does not take this JPEG (arithmetic codes, CMYK, 12 bits, …)
[[nodiscard]] Result<std::vector<std::uint8_t>> transcode_jpeg_to_jxl(std::span<const std::uint8_t> jpeg);

/// The JPEG file that a JPEG XL file was made from. @error kImageUnreadable  it was not made from one
[[nodiscard]] Result<std::vector<std::uint8_t>> restore_jpeg_from_jxl(std::span<const std::uint8_t> jxl);

}  // namespace pictor::imaging
