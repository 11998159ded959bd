#pragma once

#include <cstdint>
#include <span>

namespace pictor::imaging {

/// True when every tag of a TIFF's directories describes the picture and nothing else: no EXIF, GPS, XMP, IPTC,
/// Photoshop resources, names, dates or private tags (TIFF 6.0; a colour profile is part of the picture). False for
/// BigTIFF and for what can't be followed. We can't take tags out of a TIFF, only see whether there are any.
[[nodiscard]] bool is_bare_tiff(std::span<const std::uint8_t> file);

}  // namespace pictor::imaging
