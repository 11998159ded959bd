#pragma once

#include "imaging/pixels.hpp"
#include "imaging/resample/resample.hpp"

namespace pictor::imaging::resample {

/// The picture upright: what EXIF orientation 1..8 (others: 1) asks of a viewer, done. One frame.
[[nodiscard]] Pixels turned(Pixels pixels, int orientation);

/// Where a box of the upright picture lies in the picture as stored.
/// @param width, height  px as stored
[[nodiscard]] Box stored_box(const Box& upright, int width, int height, int orientation);

}  // namespace pictor::imaging::resample
