#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "domain/image_info.hpp"
#include "domain/ports/image_engine.hpp"

namespace pictor::imaging {

/// What a header may claim before any pixel is decoded.
struct Limits {
  std::int64_t max_pixels = 100'000'000;  ///< of one frame; an animation may have four times as many in all its frames
  int max_frames = 300;
};

/// Readies libvips, exempi and libheif in this process. Call once, before any fork and before threads: it starts none
/// itself, and what it loads children share. @error kInternal
[[nodiscard]] Result<void> start(const Limits& limits);

/// Those that start() was given.
[[nodiscard]] const Limits& limits_in_force();

/// Header only. @param file  readable descriptor; its position is not used
/// @error kUnsupportedMediaType, kImageUnreadable, kImageTooLarge, kAnimationTooLong
[[nodiscard]] Result<domain::ImageInfo> probe(int file);

/// Thumbnail (WebP, at most 320 px, upright, sRGB) and perceptual hash, from one small decode.
/// @error kImageUnreadable
[[nodiscard]] Result<domain::PreviewResult> preview(int file, const domain::ImageInfo& info, int thumbnail);

/// 8-bit sRGB, upright, alpha on white; rows are `width * 3` bytes.
struct RgbPixels {
  int width = 0;
  int height = 0;
  bool has_alpha = false;  ///< the source had some that was not opaque
  std::vector<std::uint8_t> bytes;
};
/// The first frame, at most `longest` px on its longer side. @error kImageUnreadable
[[nodiscard]] Result<RgbPixels> decode_for_vision(int file, const domain::ImageInfo& info, int longest = 1'600);

/// Decodes once, renders and encodes each target to its descriptor.
/// @error kImageUnreadable, kImageTooLarge (the result would be), kFormatLimit, kMetadataMismatch, kCancelled
[[nodiscard]] Result<domain::RenderResult> render(int file, const domain::ImageInfo& info,
                                                  const domain::RenderRequest& request, std::span<const int> outputs,
                                                  std::stop_token stop,
                                                  const std::function<void(const std::string&)>& on_step);

}  // namespace pictor::imaging
