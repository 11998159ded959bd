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

bool looks(Gravity gravity) { return gravity == Gravity::kFocal || gravity == Gravity::kSmart; }

/// Where a window of `size` begins so that `point` lies in its middle, as far as the edges allow; centred when the
/// window is the larger one.
int around(double point, int whole, int size) {
  const int left_over = whole - size;
  if (left_over <= 0) {
    return static_cast<int>(std::floor(left_over * 0.5));
  }
  return std::clamp(static_cast<int>(std::lround(point * whole - size * 0.5)), 0, left_over);
}

std::optional<int> multiplied(const std::optional<int>& side, double dpr) {
  constexpr double kMaxSide = 65'535;
  return side ? std::optional(static_cast<int>(std::clamp(std::round(*side * dpr), 1.0, kMaxSide))) : std::nullopt;
}

void scale_to(Geometry& geometry, int width, int height, double factor) {
  geometry.scaled_width = rounded(width * factor);
  geometry.scaled_height = rounded(height * factor);
  geometry.width = geometry.scaled_width;
  geometry.height = geometry.scaled_height;
}

}  // namespace

Geometry geometry_of(int width, int height, const std::optional<domain::Resize>& resize, const Focus& focus) {
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
  if (looks(resize->gravity)) {
    geometry.left = around(focus[0], geometry.scaled_width, geometry.width);
    geometry.top = around(focus[1], geometry.scaled_height, geometry.height);
    return geometry;
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

Placement placement_of(int width, int height, const domain::ExportSettings& settings, const Focus& focus) {
  std::optional<domain::Resize> resize = settings.resize;
  if (resize) {
    resize->width = multiplied(resize->width, settings.edits.dpr);
    resize->height = multiplied(resize->height, settings.edits.dpr);
  }
  return {geometry_of(width, height, resize, focus), settings.edits.pad, 1};
}

Placement narrowed(const Placement& full, int target) {
  if (target >= full.width()) {
    return full;
  }
  Placement narrow;
  narrow.factor = static_cast<double>(target) / full.width();
  const auto shrunk = [&](int length) { return static_cast<int>(std::lround(length * narrow.factor)); };
  narrow.pad = {shrunk(full.pad.top), shrunk(full.pad.right), shrunk(full.pad.bottom), shrunk(full.pad.left)};
  // The width is the variant's name: the pads' rounding goes to the picture.
  if (narrow.pad.left + narrow.pad.right >= target) {
    narrow.pad.left = narrow.pad.right = 0;
  }
  narrow.geometry = narrowed(full.geometry, target - narrow.pad.left - narrow.pad.right);
  return narrow;
}

}  // namespace pictor::imaging
