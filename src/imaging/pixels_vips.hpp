#pragma once

#include <vips/vips8>

#include "imaging/pixels.hpp"

namespace pictor::imaging {

/// Runs what the image still has to do, and keeps the result: 8 or 16 bits, grey or RGB, with or without alpha;
/// profile, delays and loop count with it. Other depths become 8 bits.
/// @param frames  of a tall image @throw vips::VError
[[nodiscard]] Pixels pixels_of(const vips::VImage& image, int frames = 1);

/// The same picture for libvips' operations. It reads the pixels' own memory: they must outlive it, unchanged.
/// Animations are one tall image with `page-height`, `delay` and `loop` set. @throw vips::VError
[[nodiscard]] vips::VImage vips_of(const Pixels& pixels);

}  // namespace pictor::imaging
