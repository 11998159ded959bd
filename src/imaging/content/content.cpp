#include "imaging/content/content.hpp"

#include <algorithm>
#include <cstddef>

#include "imaging/content/content_weights.hpp"

namespace pictor::imaging {

Content classify_content(const Features& features) {
  std::array<double, kContentWeights.size()> scores{};
  for (std::size_t kind = 0; kind < scores.size(); ++kind) {
    scores[kind] = kContentWeights[kind][kFeatures];
    for (std::size_t i = 0; i < kFeatures; ++i) {
      scores[kind] += kContentWeights[kind][i] * features.values()[i];
    }
  }
  return static_cast<Content>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

Content classify_content(const Pixels& pixels) { return classify_content(features_of(pixels)); }

Chroma choose_chroma(const Features& features) {
  return features[Feature::kHardChromaShare] > kHardChroma ? Chroma::k444 : Chroma::k420;
}

Chroma choose_chroma(const Pixels& pixels) { return choose_chroma(features_of(pixels)); }

}  // namespace pictor::imaging
