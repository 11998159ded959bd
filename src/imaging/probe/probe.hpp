#pragma once

#include <cstdint>
#include <span>

#include "imaging/imaging.hpp"

namespace pictor::imaging {

/// Header of a whole file in memory. Limits are those of start().
[[nodiscard]] Result<domain::ImageInfo> probe_bytes(std::span<const std::uint8_t> bytes, const Limits& limits);

/// What is known of one page of a file that was probed: of a TIFF, each page is a picture of its own; frames of an
/// animation are alike. Page 0 is what probe_bytes told.
/// @error kInvalidField  there are fewer pages; kImageTooLarge, kImageUnreadable
[[nodiscard]] Result<domain::ImageInfo> info_of_page(std::span<const std::uint8_t> bytes, const domain::ImageInfo& info,
                                                     int page, const Limits& limits);

}  // namespace pictor::imaging
