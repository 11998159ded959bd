#include "imaging/steps/geometry.hpp"

#include <algorithm>
#include <cmath>

namespace pictor::imaging {
namespace {

using domain::Fit;
using domain::Gravity;

int rounded(double value) { return std::max(1, static_cast<int>(std::lround(value))); }

/// 0, ½ or 1 of what is left over, by compass point.
double share_x(Gravity gravity) {
  switch (gravity) {
    case Gravity::kWest:
    case Gravity::kNorthWest:
    case Gravity::kSouthWest:
      return 0;
    case Gravity::kEast:
    case Gravity::kNorthEast:
    case Gravity::kSouthEast:
      return 1;
    default:
      return 0.5;
  }
}

double share_y(Gravity gravity) {
  switch (gravity) {
    case Gravity::kNorth:
    case Gravity::kNorthEast:
    case Gravity::kNorthWest:
      return 0;
    case Gravity::kSouth:
    case Gravity::kSouthEast:
    case Gravity::kSouthWest:
      return 1;
    default:
      return 0.5;
  }
}

void scale_to(Geometry& geometry, int width, int height, double factor) {
  geometry.scaled_width = rounded(width * factor);
  geometry.scaled_height = rounded(height * factor);
  geometry.width = geometry.scaled_width;
  geometry.height = geometry.scaled_height;
}

}  // namespace

Geometry geometry_of(int width, int height, const std::optional<domain::Resize>& resize) {
  Geometry geometry{width, height, width, height, 0, 0};
  if (!resize) {
    return geometry;
  }
  const bool both = resize->width && resize->height;
  const double factor_x =
      resize->width ? static_cast<double>(*resize->width) / width : static_cast<double>(*resize->height) / height;
  const double factor_y = resize->height ? static_cast<double>(*resize->height) / height : factor_x;
  const auto bounded = [&](double factor) { return resize->enlarge ? factor : std::min(1.0, factor); };
  if (!both) {
    scale_to(geometry, width, height, bounded(factor_x));
    return geometry;
  }
  switch (resize->fit) {
    case Fit::kInside:
      scale_to(geometry, width, height, bounded(std::min(factor_x, factor_y)));
      break;
    case Fit::kOutside:
      scale_to(geometry, width, height, bounded(std::max(factor_x, factor_y)));
      break;
    case Fit::kFill:
      geometry.scaled_width = geometry.width = rounded(width * bounded(factor_x));
      geometry.scaled_height = geometry.height = rounded(height * bounded(factor_y));
      break;
    case Fit::kCover:
      scale_to(geometry, width, height, bounded(std::max(factor_x, factor_y)));
      geometry.width = std::min(*resize->width, geometry.scaled_width);
      geometry.height = std::min(*resize->height, geometry.scaled_height);
      break;
    case Fit::kContain:
      scale_to(geometry, width, height, bounded(std::min(factor_x, factor_y)));
      geometry.width = *resize->width;
      geometry.height = *resize->height;
      break;
  }
  geometry.left = static_cast<int>(std::floor((geometry.scaled_width - geometry.width) * share_x(resize->gravity)));
  geometry.top = static_cast<int>(std::floor((geometry.scaled_height - geometry.height) * share_y(resize->gravity)));
  return geometry;
}

Geometry narrowed(const Geometry& full, int target) {
  if (target >= full.width) {
    return full;
  }
  const double factor = static_cast<double>(target) / full.width;
  Geometry narrow;
  narrow.width = target;
  narrow.height = rounded(full.height * factor);
  narrow.scaled_width = full.crops() || full.pads() ? rounded(full.scaled_width * factor) : narrow.width;
  narrow.scaled_height = full.crops() || full.pads() ? rounded(full.scaled_height * factor) : narrow.height;
  narrow.left = static_cast<int>(std::floor(full.left * factor));
  narrow.top = static_cast<int>(std::floor(full.top * factor));
  // Rounding must not ask for a column that is not there.
  if (narrow.left > 0) {
    narrow.scaled_width = std::max(narrow.scaled_width, narrow.left + narrow.width);
  }
  if (narrow.top > 0) {
    narrow.scaled_height = std::max(narrow.scaled_height, narrow.top + narrow.height);
  }
  return narrow;
}

}  // namespace pictor::imaging
