#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "imaging/embed/words.hpp"

namespace pictor::imaging {

/// XMP (ISO 16684-1) by exempi. Call `start_xmp` once per process before the others.
bool start_xmp();
/// @param base  a packet whose other properties stay; empty: a new one
/// @return the packet; empty when there is nothing to say
[[nodiscard]] std::vector<std::uint8_t> write_xmp(const Words& words, std::span<const std::uint8_t> base);
/// Words of a packet; empty ones when it can't be read.
[[nodiscard]] Words read_xmp(std::span<const std::uint8_t> packet);

}  // namespace pictor::imaging
