#pragma once

#include <string>

#include "vision/pixels.hpp"

namespace pictor::vision {

/// A placeholder of about 28 characters: the lowest cosines of the picture in linear light, base 83
/// (Blurhash, Wolt 2018: the published algorithm, https://github.com/woltapp/blurhash/blob/master/Algorithm.md).
/// @param columns, rows  1..9 cosines each way
[[nodiscard]] std::string blurhash(const Pixels& pixels, int columns, int rows);

}  // namespace pictor::vision
