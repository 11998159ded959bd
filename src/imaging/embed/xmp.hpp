#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "imaging/embed/words.hpp"

namespace pictor::imaging {

/// XMP (ISO 16684-1) by exempi. Call `start_xmp` once per process before the others.
bool start_xmp();
/// @param base  a packet whose other properties stay; empty: a new one
/// @param keep_places  whether GPS positions of `base` stay
/// @return the packet; empty when there is nothing to say
[[nodiscard]] std::vector<std::uint8_t> write_xmp(const Words& words, std::span<const std::uint8_t> base,
                                                  bool keep_places = false);
/// True when a packet says where the picture was taken.
[[nodiscard]] bool xmp_has_place(std::span<const std::uint8_t> packet);
/// Words of a packet; empty ones when it can't be read.
[[nodiscard]] Words read_xmp(std::span<const std::uint8_t> packet);

}  // namespace pictor::imaging
