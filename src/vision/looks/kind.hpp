#pragma once

#include <string>

#include "vision/looks/statistics.hpp"

namespace pictor::vision {

/// What the rules for the kind look at.
struct KindEvidence {
  Statistics statistics;
  int width = 0;   ///< px of the original, upright
  int height = 0;  ///< px
  bool has_alpha = false;
  int text_regions = 0;      ///< lines of text found
  double text_coverage = 0;  ///< 0..1
};

struct Kind {
  std::string word = "photo";  ///< photo drawing screenshot chart logo icon document pattern
  double confidence = 0;       ///< 0..1: how clear the case is, not a measured probability
};

/// The kind of picture by fixed rules, first that fits. `map` is never claimed: no rule that was tried tells maps from
/// other drawings. Pure.
[[nodiscard]] Kind kind_of(const KindEvidence& evidence);

/// Whether the picture is drawn rather than photographed, as far as flat areas and few colours tell.
[[nodiscard]] bool is_graphic(const Statistics& statistics);

}  // namespace pictor::vision
