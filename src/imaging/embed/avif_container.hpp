#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "imaging/embed/blocks.hpp"

namespace pictor::imaging {

/// Adds EXIF and XMP items to an AVIF (ISO/IEC 14496-12 `meta`, ISO/IEC 23008-12 annex A): the items' bytes come behind
/// the file, the meta box grows, and the places of what lies behind it move along. Only for files that carry neither.
/// @return nullopt when the file is not shaped as still AVIF files are
[[nodiscard]] std::optional<std::vector<std::uint8_t>> add_to_avif(std::span<const std::uint8_t> file,
                                                                   const Blocks& blocks);

}  // namespace pictor::imaging
