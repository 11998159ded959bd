#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "domain/format.hpp"

namespace pictor::imaging {

/// The format by the file's first bytes, whatever its name says. Text that holds `<svg` is SVG.
[[nodiscard]] std::optional<domain::ImageFormat> sniff_format(std::span<const std::uint8_t> bytes);

}  // namespace pictor::imaging
