#pragma once

#include <cstdint>

#include "domain/export_settings.hpp"
#include "domain/image_info.hpp"

namespace pictor::domain {

/// Memory that making the full result may need beside decoding, bytes: the pixels, the encoder's own planes and, while
/// a score is searched, the metric's. An upper bound by what the header and the settings say; measured on 12
/// megapixels.
[[nodiscard]] std::uint64_t encode_cost(const ImageInfo& info, const ExportSettings& settings);

}  // namespace pictor::domain
