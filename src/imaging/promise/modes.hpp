#pragma once

#include <vector>

#include "imaging/encode/codec.hpp"

namespace pictor::imaging {

/// What the search needs to know of a picture's kind.
struct Nature {
  Content content = Content::kPhoto;
  Chroma chroma = Chroma::k420;   ///< 4:4:4 where halved chroma would be seen
  bool try_whole_chroma = false;  ///< a photograph that may be smaller in 4:4:4: both are tried
};

/// The ways in which one format may hold a picture of this nature, most promising first: a drawing as lossless WebP
/// may be smaller than as lossy, a PNG may do with a palette. Effort and quality are left to the caller.
/// @param lossless  only ways that lose nothing, where the format has one
/// @param palette   PNG may lose colours
[[nodiscard]] std::vector<EncodeSettings> modes_of(domain::ImageFormat format, const Nature& nature, bool lossless,
                                                   bool palette);

}  // namespace pictor::imaging
