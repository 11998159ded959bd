#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>
#include <vips/vips8>

#include "domain/export_settings.hpp"

namespace pictor::imaging {

struct EncodedImage {
  std::vector<std::uint8_t> bytes;
  std::optional<int> quality;  ///< the encoder's own scale; none when lossless
  std::string encoder;         ///< name and version
};

/// Encodes one picture, or an animation where the format has them. Metadata blocks are not written here: embed/ does.
/// @error kFormatLimit  more pixels a side than the format has @throw vips::VError
[[nodiscard]] Result<EncodedImage> encode(const vips::VImage& image, domain::ImageFormat format,
                                          const domain::ExportSettings& settings);

}  // namespace pictor::imaging
