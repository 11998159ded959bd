#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace pictor::imaging {

/// The gain map of an Ultra HDR JPEG: a JPEG of its own behind the first, named by the Multi-Picture Format
/// (CIPA DC-007), with Adobe's `hdrgm` words in its XMP. Nothing when there is none.
[[nodiscard]] std::optional<std::span<const std::uint8_t>> find_gain_map(std::span<const std::uint8_t> jpeg);

/// `jpeg` with the gain map behind it, the index that names it, and the container's words in its XMP (Ultra HDR image
/// format 1.0). Nothing when the XMP cannot take them.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> with_gain_map(std::span<const std::uint8_t> jpeg,
                                                                     std::span<const std::uint8_t> gain_map);

}  // namespace pictor::imaging
