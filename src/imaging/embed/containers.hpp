#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "domain/format.hpp"
#include "imaging/embed/blocks.hpp"

namespace pictor::imaging {

/// Rewrites a file's metadata without touching its picture: every EXIF, IPTC and XMP block goes, those of `blocks`
/// come. The ICC profile stays when `keep_icc`. Everything else is byte-identical.
/// AVIF: only adds, so the file must carry no blocks of its own.
/// @return nullopt when the format has no writer here, or the file is not shaped as it should be
[[nodiscard]] std::optional<std::vector<std::uint8_t>> rewrite_metadata(std::span<const std::uint8_t> file,
                                                                        domain::ImageFormat format,
                                                                        const Blocks& blocks, bool keep_icc);

}  // namespace pictor::imaging
