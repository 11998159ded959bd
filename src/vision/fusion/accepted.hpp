#pragma once

#include <vector>

#include "vision/fusion/fusion.hpp"

namespace pictor::vision {

/// A detection that the classifier supports, or that is strong enough alone.
struct Accepted {
  Detection detection;
  double support = 0;  ///< probability that the classifier gives to equivalent classes
  double weight = 0;   ///< score · √area · (1 + 2 · support): how much of the picture it is
};

/// The mean of both views.
[[nodiscard]] std::vector<float> mean_of_views(const Evidence& evidence);

/// Detections that may be claimed, heaviest first. Pure.
[[nodiscard]] std::vector<Accepted> accepted_detections(const Evidence& evidence,
                                                        const std::vector<float>& probabilities, const Labels& labels);

[[nodiscard]] double sum_over(const std::vector<float>& probabilities, const std::vector<std::size_t>& classes);

}  // namespace pictor::vision
