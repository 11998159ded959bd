#pragma once

#include <cstdint>
#include <span>

#include "imaging/imaging.hpp"

namespace pictor::imaging {

/// Header of a whole file in memory. Limits are those of start().
[[nodiscard]] Result<domain::ImageInfo> probe_bytes(std::span<const std::uint8_t> bytes, const Limits& limits);

}  // namespace pictor::imaging
