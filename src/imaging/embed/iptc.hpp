#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "imaging/embed/words.hpp"

namespace pictor::imaging {

/// A Photoshop image resource block with one IIM record (IPTC-NAA IIM 4.2, resource 0x0404), UTF-8 declared by 1:90;
/// begins with `Photoshop 3.0\0`, as JPEG's APP13 wants it. Lengths as the standard bounds them. Empty when there is
/// nothing to say.
/// @param base  a block whose other datasets of record 2 stay; empty: none
[[nodiscard]] std::vector<std::uint8_t> write_iptc(const Words& words, std::span<const std::uint8_t> base);
/// Words of a block, or of bare IIM datasets. Values that are not UTF-8 are taken as Latin-1.
[[nodiscard]] Words read_iptc(std::span<const std::uint8_t> block);

}  // namespace pictor::imaging
