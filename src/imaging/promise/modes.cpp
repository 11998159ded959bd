#include "imaging/promise/modes.hpp"

namespace pictor::imaging {

using domain::ImageFormat;

std::vector<EncodeSettings> modes_of(ImageFormat format, const Nature& nature, bool lossless, bool palette) {
  EncodeSettings lossy;
  lossy.content = nature.content;
  lossy.chroma = nature.chroma;
  EncodeSettings whole_chroma = lossy;
  whole_chroma.chroma = Chroma::k444;
  EncodeSettings exact = lossy;
  exact.lossless = true;
  exact.chroma = Chroma::k444;
  EncodeSettings few_colours = exact;
  few_colours.lossless = false;
  few_colours.palette = true;
  switch (format) {
    case ImageFormat::kJpeg:
      return nature.try_whole_chroma ? std::vector{lossy, whole_chroma} : std::vector{lossy};
    case ImageFormat::kPng:
      return palette && !lossless ? std::vector{few_colours, exact} : std::vector{exact};
    case ImageFormat::kGif:
      return {few_colours};
    case ImageFormat::kTiff:
      return {exact};
    case ImageFormat::kAvif:
      // Lossless AV1 is larger than lossless WebP or PNG of whatever it is: only when it is asked for.
      if (lossless) {
        return {exact};
      }
      return nature.try_whole_chroma ? std::vector{lossy, whole_chroma} : std::vector{lossy};
    default:
      break;
  }
  if (lossless) {
    return {exact};
  }
  // Flat colours are what lossless modes are good at; a photograph is never smaller that way.
  return nature.content == Content::kPhoto ? std::vector{lossy} : std::vector{lossy, exact};
}

}  // namespace pictor::imaging
