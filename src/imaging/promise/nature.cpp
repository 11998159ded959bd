#include "imaging/promise/nature.hpp"

#include "imaging/content/content.hpp"
#include "imaging/content/features.hpp"

namespace pictor::imaging {

Nature nature_of(const Pixels& picture) {
  const Features features = features_of(picture);
  const Content content = classify_content(features);
  // Of a photograph, 4:2:0 is smaller at every score that it reaches; where it does not, the search goes on to 4:4:4.
  return {.content = content, .chroma = content == Content::kPhoto ? Chroma::k420 : choose_chroma(features)};
}

}  // namespace pictor::imaging
