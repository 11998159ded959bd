#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace pictor::imaging {

/// The `desc` tag of an ICC profile (ICC.1:2022 and version 2's textDescriptionType), ASCII, at most 64 characters;
/// empty when there is none.
[[nodiscard]] std::string icc_description(std::span<const std::uint8_t> profile);

}  // namespace pictor::imaging
