#pragma once

#include "domain/image_info.hpp"
#include "imaging/embed/blocks.hpp"

namespace pictor::imaging {

/// What a file's blocks say: XMP before IPTC before EXIF, as the Metadata Working Group has it.
[[nodiscard]] domain::EmbeddedMetadata read_words(const Blocks& blocks);

}  // namespace pictor::imaging
