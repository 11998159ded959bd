#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "domain/export_settings.hpp"
#include "imaging/embed/words.hpp"

namespace pictor::imaging {

/// EXIF 2.32 by libexif, text as UTF-8 (which EXIF 3.0 made lawful and readers take).
/// @param base  the upload's block, of which `keep` says what stays: all but GPS and the thumbnail, GPS alone, both,
/// nothing
/// @return the TIFF structure; empty when there is nothing to say
[[nodiscard]] std::vector<std::uint8_t> write_exif(const Words& words, std::span<const std::uint8_t> base,
                                                   const domain::Keep& keep);

struct ExifWords {
  Words words;
  bool has_gps = false;
  std::string captured_at;
  std::string camera;
};
[[nodiscard]] ExifWords read_exif(std::span<const std::uint8_t> block);

}  // namespace pictor::imaging
