#include "imaging/promise/nature.hpp"

#include "imaging/content/content.hpp"
#include "imaging/content/features.hpp"

namespace pictor::imaging {

Nature nature_of(const Pixels& picture) {
  const Features features = features_of(picture);
  return {.content = classify_content(features), .chroma = choose_chroma(features)};
}

}  // namespace pictor::imaging
