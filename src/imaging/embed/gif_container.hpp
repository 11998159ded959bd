#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace pictor::imaging {

/// The file without comments and other programs' application data, and with `xmp` (when not empty) as XMP Specification
/// Part 3 (1.1.2) puts it into GIF. Pictures, times and loops stay bit for bit.
/// @param keep_icc  whether a colour profile stays
/// @return nullopt for what is no whole GIF, and for a packet with a zero byte (UTF-16): there its block would end
[[nodiscard]] std::optional<std::vector<std::uint8_t>> rewrite_gif(std::span<const std::uint8_t> file,
                                                                   std::span<const std::uint8_t> xmp, bool keep_icc);

/// The XMP packet of a GIF; empty when it has none. libvips does not tell.
[[nodiscard]] std::vector<std::uint8_t> read_gif_xmp(std::span<const std::uint8_t> file);

}  // namespace pictor::imaging
