#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "imaging/embed/blocks.hpp"

namespace pictor::imaging {

/// See rewrite_metadata.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> rewrite_webp(std::span<const std::uint8_t> file,
                                                                    const Blocks& blocks, bool keep_icc);

}  // namespace pictor::imaging
