#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vips/vips8>

namespace pictor::imaging {

/// Attaches a copy of the bytes to the image as a metadata blob.
inline void set_blob(vips::VImage& image, const char* name, std::span<const std::uint8_t> bytes) {
  void* copy = g_malloc(bytes.size());
  std::copy(bytes.begin(), bytes.end(), static_cast<std::uint8_t*>(copy));
  const VipsCallbackFn release = [](void* memory, void*) {
    g_free(memory);
    return 0;
  };
  image.set(name, release, copy, bytes.size());
}

}  // namespace pictor::imaging
