#pragma once

#include <cstdint>
#include <span>
#include <vector>
#include <vips/vips8>

#include "imaging/pixels.hpp"

namespace pictor::imaging {

/// Our pixels as libvips' image, frames below each other with page-height, delay and loop. Refers to `pixels`, which
/// must outlive it.
[[nodiscard]] vips::VImage vips_image_of(const Pixels& pixels);

/// A decoded image as our pixels, with profile, frames and timing; nothing is converted. More than 4 bands are cut.
/// @throw vips::VError  the decoder met damage
[[nodiscard]] Pixels pixels_of(const vips::VImage& image);

/// 16 bits become 8.
[[nodiscard]] vips::VImage in_8_bits(const vips::VImage& image);

/// The file that libvips writes. @param suffix `.png`, … @throw vips::VError
[[nodiscard]] std::vector<std::uint8_t> saved(const vips::VImage& image, const char* suffix, vips::VOption* options);

/// A file in memory as libvips' loaders take it. Refers to the bytes.
class FileBlob {
 public:
  explicit FileBlob(std::span<const std::uint8_t> file) : blob_(vips_blob_new(nullptr, file.data(), file.size())) {}
  ~FileBlob() { vips_area_unref(VIPS_AREA(blob_)); }
  FileBlob(const FileBlob&) = delete;
  FileBlob& operator=(const FileBlob&) = delete;
  [[nodiscard]] VipsBlob* get() const { return blob_; }

 private:
  VipsBlob* blob_;
};

}  // namespace pictor::imaging
