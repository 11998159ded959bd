#include "vision/text/text_regions.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pictor::vision {
namespace {

constexpr float kTextThreshold = 0.3F;
constexpr double kLowestScore = 0.6;
constexpr double kGrowth = 1.6;
constexpr double kSmallestSide = 3;  // px of the map: less is no legible letter
constexpr std::size_t kMostRegions = 300;

struct Part {
  std::vector<Point> outline;  // the first and last pixel of each run, as corners of pixels
  double sum = 0;
  int count = 0;
};

/// Collects the 4-connected part that holds `start`, and marks it as seen.
Part flood(const TextMap& map, int start, std::vector<bool>& seen) {
  Part part;
  std::vector<int> open{start};
  seen[static_cast<std::size_t>(start)] = true;
  const auto visit = [&](int at) {
    if (!seen[static_cast<std::size_t>(at)] && map.values[static_cast<std::size_t>(at)] > kTextThreshold) {
      seen[static_cast<std::size_t>(at)] = true;
      open.push_back(at);
    }
  };
  while (!open.empty()) {
    const int at = open.back();
    open.pop_back();
    const int x = at % map.width, y = at / map.width;
    part.sum += static_cast<double>(map.values[static_cast<std::size_t>(at)]);
    ++part.count;
    for (const auto& [dx, dy] : {std::pair{0, 0}, {1, 0}, {0, 1}, {1, 1}}) {
      part.outline.push_back({static_cast<double>(x + dx), static_cast<double>(y + dy)});
    }
    if (x > 0) {
      visit(at - 1);
    }
    if (x + 1 < map.width) {
      visit(at + 1);
    }
    if (y > 0) {
      visit(at - map.width);
    }
    if (y + 1 < map.height) {
      visit(at + map.width);
    }
  }
  return part;
}

double cross(const Point& origin, const Point& a, const Point& b) {
  return (a.x - origin.x) * (b.y - origin.y) - (a.y - origin.y) * (b.x - origin.x);
}

/// Andrew's monotone chain.
std::vector<Point> convex_hull(std::vector<Point> points) {
  std::sort(points.begin(), points.end(),
            [](const Point& a, const Point& b) { return a.x != b.x ? a.x < b.x : a.y < b.y; });
  std::vector<Point> hull;
  const auto extend = [&hull](const Point& point, std::size_t fixed) {
    while (hull.size() >= fixed + 2 && cross(hull[hull.size() - 2], hull.back(), point) <= 0) {
      hull.pop_back();
    }
    hull.push_back(point);
  };
  for (const Point& point : points) {
    extend(point, 0);
  }
  const std::size_t lower = hull.size() - 1;
  for (auto point = points.rbegin(); point != points.rend(); ++point) {
    extend(*point, lower);
  }
  hull.pop_back();
  return hull;
}

double distance(const Point& a, const Point& b) { return std::hypot(a.x - b.x, a.y - b.y); }

/// Moves every side outwards by `amount`.
std::array<Point, 4> grown(const std::array<Point, 4>& corners, double amount) {
  const double width = std::max(1e-9, distance(corners[0], corners[1])),
               height = std::max(1e-9, distance(corners[0], corners[3]));
  const Point along{(corners[1].x - corners[0].x) / width * amount, (corners[1].y - corners[0].y) / width * amount};
  const Point down{(corners[3].x - corners[0].x) / height * amount, (corners[3].y - corners[0].y) / height * amount};
  return {Point{corners[0].x - along.x - down.x, corners[0].y - along.y - down.y},
          Point{corners[1].x + along.x - down.x, corners[1].y + along.y - down.y},
          Point{corners[2].x + along.x + down.x, corners[2].y + along.y + down.y},
          Point{corners[3].x - along.x + down.x, corners[3].y - along.y + down.y}};
}

/// Starts a clockwise rectangle at the corner where upright text would begin: the one nearest to the top left.
std::array<Point, 4> from_top_left(std::array<Point, 4> corners) {
  const auto first = std::min_element(corners.begin(), corners.end(),
                                      [](const Point& a, const Point& b) { return a.x + a.y < b.x + b.y; });
  std::rotate(corners.begin(), first, corners.end());
  return corners;
}

}  // namespace

std::array<Point, 4> smallest_rectangle(std::vector<Point> points) {
  if (points.empty()) {
    return {};
  }
  const std::vector<Point> hull = convex_hull(std::move(points));
  std::array<Point, 4> best{hull.front(), hull.front(), hull.front(), hull.front()};
  double smallest = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < hull.size(); ++i) {
    const Point& a = hull[i];
    const Point& b = hull[(i + 1) % hull.size()];
    const double length = distance(a, b);
    if (length < 1e-9) {
      continue;
    }
    const Point along{(b.x - a.x) / length, (b.y - a.y) / length};
    double left = 1e300, right = -1e300, top = 1e300, bottom = -1e300;
    for (const Point& point : hull) {
      const double u = point.x * along.x + point.y * along.y, v = point.y * along.x - point.x * along.y;
      left = std::min(left, u);
      right = std::max(right, u);
      top = std::min(top, v);
      bottom = std::max(bottom, v);
    }
    if ((right - left) * (bottom - top) < smallest) {
      smallest = (right - left) * (bottom - top);
      const auto corner = [&](double u, double v) {
        return Point{u * along.x - v * along.y, u * along.y + v * along.x};
      };
      best = {corner(left, top), corner(right, top), corner(right, bottom), corner(left, bottom)};
    }
  }
  return from_top_left(best);
}

std::vector<TextRegion> find_text_regions(const TextMap& map) {
  std::vector<TextRegion> regions;
  std::vector<bool> seen(map.values.size(), false);
  for (int at = 0; at < map.width * map.height && regions.size() < kMostRegions; ++at) {
    if (seen[static_cast<std::size_t>(at)] || map.values[static_cast<std::size_t>(at)] <= kTextThreshold) {
      continue;
    }
    Part part = flood(map, at, seen);
    const double score = part.sum / part.count;
    if (score < kLowestScore) {
      continue;
    }
    std::array<Point, 4> corners = smallest_rectangle(std::move(part.outline));
    const double width = distance(corners[0], corners[1]), height = distance(corners[0], corners[3]);
    if (std::min(width, height) < kSmallestSide) {
      continue;
    }
    corners = grown(corners, width * height * kGrowth / (2 * (width + height)));
    for (Point& corner : corners) {
      corner.x = std::clamp(corner.x / map.width, 0.0, 1.0);
      corner.y = std::clamp(corner.y / map.height, 0.0, 1.0);
    }
    regions.push_back({corners, score});
  }
  sort_for_reading(regions);
  return regions;
}

void sort_for_reading(std::vector<TextRegion>& regions) {
  const auto middle = [](const TextRegion& region) { return (region.corners[0].y + region.corners[2].y) / 2; };
  const auto height = [](const TextRegion& region) { return std::abs(region.corners[3].y - region.corners[0].y); };
  std::stable_sort(regions.begin(), regions.end(),
                   [&](const TextRegion& a, const TextRegion& b) { return middle(a) < middle(b); });
  // Rows: a region belongs to the row whose first region's middle is less than half a line away.
  for (auto row = regions.begin(); row != regions.end();) {
    const double reach = 0.5 * std::max(height(*row), 1e-3);
    const double start = middle(*row);
    const auto end =
        std::find_if(row, regions.end(), [&](const TextRegion& region) { return middle(region) - start > reach; });
    std::stable_sort(row, end,
                     [](const TextRegion& a, const TextRegion& b) { return a.corners[0].x < b.corners[0].x; });
    row = end;
  }
}

}  // namespace pictor::vision
