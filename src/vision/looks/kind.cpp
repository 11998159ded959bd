#include "vision/looks/kind.hpp"

#include <algorithm>

namespace pictor::vision {
namespace {

constexpr int kLargestIcon = 256;     // px: larger ones are shown as pictures
constexpr int kSmallestScreen = 480;  // px

bool is_icon(const KindEvidence& evidence) {
  const double aspect = static_cast<double>(evidence.width) / std::max(1, evidence.height);
  return std::max(evidence.width, evidence.height) <= kLargestIcon && aspect > 0.8 && aspect < 1.25 &&
         (evidence.has_alpha || is_graphic(evidence.statistics));
}

/// Dark letters on light paper with a margin, and little else: printed pages, scans, forms.
bool is_document(const KindEvidence& evidence) {
  const Statistics& seen = evidence.statistics;
  const bool is_page = seen.light_share >= 0.5 && seen.grey_share >= 0.85 && seen.plain_border >= 0.9;
  const bool is_dull_scan = seen.grey_share >= 0.9 && evidence.text_coverage >= 0.3 && !is_graphic(seen);
  return evidence.text_regions >= 6 && ((is_page && evidence.text_coverage >= 0.05) || is_dull_scan);
}

/// Axes, some labels, coloured marks on a plain ground.
bool is_chart(const KindEvidence& evidence) {
  const Statistics& seen = evidence.statistics;
  return is_graphic(seen) && seen.largest_share >= 0.35 && seen.straight_line >= 0.4 && evidence.text_regions >= 3 &&
         evidence.text_coverage < 0.2 && seen.grey_share < 0.97 && seen.plain_border >= 0.95;
}

bool is_screenshot(const KindEvidence& evidence) {
  return is_graphic(evidence.statistics) && std::max(evidence.width, evidence.height) >= kSmallestScreen &&
         evidence.text_regions >= 5;
}

bool is_logo(const KindEvidence& evidence) {
  const Statistics& seen = evidence.statistics;
  return is_graphic(seen) && seen.palette_share >= 0.85 && evidence.text_regions <= 3 &&
         (evidence.has_alpha || seen.plain_border >= 0.95);
}

/// The same texture everywhere: bricks, grass, wallpaper.
bool is_pattern(const KindEvidence& evidence) {
  const Statistics& seen = evidence.statistics;
  return seen.evenness >= 0.75 && seen.edge_energy >= 6 && seen.largest_share < 0.6 && evidence.text_regions <= 2;
}

}  // namespace

bool is_graphic(const Statistics& statistics) {
  // Photographs have grain or shading nearly everywhere (smooth), even those on a burnt-out white ground; drawings have
  // areas of one value and edges between them.
  return statistics.flat_share >= 0.5 && statistics.palette_share >= 0.7 && statistics.hard_edge_share >= 0.004 &&
         statistics.smooth_share <= 0.8 * (1 - statistics.flat_share);
}

Kind kind_of(const KindEvidence& evidence) {
  const Statistics& seen = evidence.statistics;
  if (seen.is_blank) {
    return {"pattern", 0.6};
  }
  if (is_icon(evidence)) {
    return {"icon", evidence.has_alpha ? 0.9 : 0.7};
  }
  if (is_document(evidence)) {
    return {"document", std::min(0.95, 0.6 + evidence.text_coverage)};
  }
  if (is_chart(evidence)) {
    return {"chart", 0.65};
  }
  if (is_screenshot(evidence)) {
    return {"screenshot", std::min(0.9, 0.3 + seen.flat_share)};
  }
  if (is_logo(evidence)) {
    return {"logo", evidence.has_alpha ? 0.75 : 0.6};
  }
  if (is_pattern(evidence)) {
    return {"pattern", seen.evenness};
  }
  if (is_graphic(seen)) {
    return {"drawing", 0.6};
  }
  return {"photo", std::clamp(seen.smooth_share / std::max(0.01, 1 - seen.flat_share), 0.5, 0.95)};
}

}  // namespace pictor::vision
