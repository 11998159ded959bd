#include "imaging/promise/nature.hpp"

#include "imaging/content/content.hpp"
#include "imaging/content/features.hpp"

namespace pictor::imaging {

Nature nature_of(const Pixels& picture) {
  const Features features = features_of(picture);
  const Content content = classify_content(features);
  const Chroma chroma = choose_chroma(features);
  if (content != Content::kPhoto) {
    return {.content = content, .chroma = chroma};
  }
  // Most photographs are smaller in 4:2:0 at every score that it reaches, but not those with hard edges between
  // colours.
  return {.content = content, .chroma = Chroma::k420, .try_whole_chroma = chroma == Chroma::k444};
}

}  // namespace pictor::imaging
