#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "domain/ports/image_engine.hpp"
#include "imaging/embed/blocks.hpp"

namespace pictor::imaging {

/// Blocks that the upload carries.
[[nodiscard]] Blocks source_blocks(std::span<const std::uint8_t> bytes, const domain::ImageInfo& info);
/// Blocks that the result is to carry: the words, and what `keep` leaves of the upload's. IPTC for JPEG only.
[[nodiscard]] Blocks blocks_for(const domain::RenderRequest& request, const domain::ImageInfo& info,
                                const Blocks& source, domain::ImageFormat format);
/// True where blocks can be written into the format.
[[nodiscard]] bool holds_metadata(domain::ImageFormat format);
/// Writes the blocks into an encoded file and reads them back.
/// @error kMetadataMismatch  what is read is not what was written
[[nodiscard]] Result<std::vector<std::uint8_t>> embed(std::vector<std::uint8_t> file, domain::ImageFormat format,
                                                      const Blocks& blocks);

}  // namespace pictor::imaging
