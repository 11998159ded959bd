#include "imaging/embed/containers.hpp"

#include "imaging/embed/avif_container.hpp"
#include "imaging/embed/gif_container.hpp"
#include "imaging/embed/jpeg_container.hpp"
#include "imaging/embed/png_container.hpp"
#include "imaging/embed/webp_container.hpp"

namespace pictor::imaging {

std::optional<std::vector<std::uint8_t>> rewrite_metadata(std::span<const std::uint8_t> file,
                                                          domain::ImageFormat format, const Blocks& blocks,
                                                          bool keep_icc) {
  switch (format) {
    case domain::ImageFormat::kJpeg:
      return rewrite_jpeg(file, blocks, keep_icc);
    case domain::ImageFormat::kPng:
      return rewrite_png(file, blocks, keep_icc);
    case domain::ImageFormat::kWebp:
      return rewrite_webp(file, blocks, keep_icc);
    case domain::ImageFormat::kAvif:
      return add_to_avif(file, blocks);
    case domain::ImageFormat::kGif:
      return rewrite_gif(file, blocks.xmp, keep_icc);
    default:
      return std::nullopt;
  }
}

}  // namespace pictor::imaging
