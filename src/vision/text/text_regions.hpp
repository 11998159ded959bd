#pragma once

#include <array>
#include <vector>

#include "vision/models/text_detector.hpp"

namespace pictor::vision {

struct Point {
  double x = 0;
  double y = 0;
};

/// One line of text: a rotated rectangle in 0..1 of the picture, corners clockwise from where reading starts.
struct TextRegion {
  std::array<Point, 4> corners{};
  double score = 0;  ///< mean of the map inside, 0..1
};

/// From the text map to lines (DBNet's post-processing): connected parts above 0.3, the smallest rectangle around each,
/// its mean score at least 0.6, grown by area · 1.6 / perimeter. Sorted in reading order. Pure.
[[nodiscard]] std::vector<TextRegion> find_text_regions(const TextMap& map);

/// The smallest-area rectangle around points (rotating calipers over the convex hull); empty input gives a point. Pure.
[[nodiscard]] std::array<Point, 4> smallest_rectangle(std::vector<Point> points);

/// Top to bottom in rows, left to right within a row. Pure.
void sort_for_reading(std::vector<TextRegion>& regions);

}  // namespace pictor::vision
