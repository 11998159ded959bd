#pragma once

#include "imaging/content/features.hpp"
#include "imaging/encode/codec.hpp"
#include "imaging/pixels.hpp"

namespace pictor::imaging {

/// What kind of picture it is, by a linear classifier on features_of. `tools/fit_content` fitted it and says on what;
/// a photograph is told from what is drawn with far more certainty than drawings, screenshots and text from each
/// other. Thread-safe.
[[nodiscard]] Content classify_content(const Pixels& pixels);
[[nodiscard]] Content classify_content(const Features& features);

/// 4:4:4 where halving the chroma would be seen at high quality: hard edges between colours. Thread-safe.
[[nodiscard]] Chroma choose_chroma(const Pixels& pixels);
[[nodiscard]] Chroma choose_chroma(const Features& features);

}  // namespace pictor::imaging
