#pragma once

#include <algorithm>
#include <vector>

#include "domain/facts.hpp"

namespace pictor::vision {

/// A box of left, top, width, height in 0..1, cut to the picture; all zero when nothing of it lies inside.
[[nodiscard]] domain::Box clipped_box(double left, double top, double right, double bottom);

[[nodiscard]] double area(const domain::Box& box);

/// Intersection over union, 0..1.
[[nodiscard]] double overlap(const domain::Box& a, const domain::Box& b);

/// Share of `inner` that lies in `outer`, 0..1.
[[nodiscard]] double share_inside(const domain::Box& inner, const domain::Box& outer);

/// Greedy non-maximum suppression: keeps the best of all that overlap by more than `limit`.
/// `found` must be sorted, best first; `same_kind(a, b)` says whether one may suppress the other.
template <class Found, class SameKind>
[[nodiscard]] std::vector<Found> without_overlaps(const std::vector<Found>& found, double limit, SameKind same_kind) {
  std::vector<Found> kept;
  for (const Found& candidate : found) {
    const bool is_covered = std::any_of(kept.begin(), kept.end(), [&](const Found& better) {
      return same_kind(better, candidate) && overlap(better.box, candidate.box) > limit;
    });
    if (!is_covered) {
      kept.push_back(candidate);
    }
  }
  return kept;
}

}  // namespace pictor::vision
