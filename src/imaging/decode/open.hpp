#pragma once

#include <cstdint>
#include <span>
#include <vips/vips8>

#include "domain/image_info.hpp"
#include "imaging/embed/blocks.hpp"

namespace pictor::imaging {

/// Metadata blocks that libvips found in a header.
[[nodiscard]] Blocks blocks_of(const vips::VImage& image);

/// Opens lazily: the header is read, no pixel. For formats that libvips reads, and raw files' previews.
/// @throw vips::VError
[[nodiscard]] vips::VImage open_header(std::span<const std::uint8_t> bytes, domain::ImageFormat format, int page = 0);

/// EXIF's orientation that is still to be applied to decoded pixels: some decoders apply it themselves.
[[nodiscard]] int stored_orientation(const domain::ImageInfo& info);

/// How much of a file is wanted.
struct OpenOptions {
  bool all_frames = false;  ///< an animation as one tall image
  int page = 0;             ///< the one that is meant where there are several; the frame, unless all_frames
  int want_width = 0;  ///< px that will be needed, stored orientation; 0: all. Decoders may give less than all, never
                       ///< less than twice this
  int want_height = 0;
};
/// Opens for decoding, as stored: no turn, no colour conversion. HEIC comes decoded. SVG is drawn at the size wanted.
/// @error kImageUnreadable, kUnsupportedMediaType @throw vips::VError
[[nodiscard]] Result<vips::VImage> open_pixels(std::span<const std::uint8_t> bytes, const domain::ImageInfo& info,
                                               const OpenOptions& options);

}  // namespace pictor::imaging
