#pragma once

#include <cstdint>
#include <span>

#include "base/error.hpp"

namespace pictor::imaging {

/// Refuses the JPEG processes that decoders in browsers do not have either: lossless, hierarchical, arithmetic coding,
/// and more than 8 bits a sample (ITU-T T.81, table B.1).
/// @error kImageUnreadable  with what to do
[[nodiscard]] Result<void> check_jpeg_process(std::span<const std::uint8_t> bytes);

}  // namespace pictor::imaging
