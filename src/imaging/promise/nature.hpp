#pragma once

#include "imaging/pixels.hpp"
#include "imaging/promise/modes.hpp"

namespace pictor::imaging {

/// Looks at a finished picture's own pixels: what kind it is, and whether halved chroma would be seen.
[[nodiscard]] Nature nature_of(const Pixels& picture);

}  // namespace pictor::imaging
