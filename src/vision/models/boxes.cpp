#include "vision/models/boxes.hpp"

namespace pictor::vision {
namespace {

double intersection(const domain::Box& a, const domain::Box& b) {
  const double width = std::min(a[0] + a[2], b[0] + b[2]) - std::max(a[0], b[0]);
  const double height = std::min(a[1] + a[3], b[1] + b[3]) - std::max(a[1], b[1]);
  return width > 0 && height > 0 ? width * height : 0;
}

}  // namespace

domain::Box clipped_box(double left, double top, double right, double bottom) {
  left = std::clamp(left, 0.0, 1.0);
  top = std::clamp(top, 0.0, 1.0);
  right = std::clamp(right, 0.0, 1.0);
  bottom = std::clamp(bottom, 0.0, 1.0);
  if (right <= left || bottom <= top) {
    return {};
  }
  return {left, top, right - left, bottom - top};
}

double area(const domain::Box& box) { return box[2] * box[3]; }

double overlap(const domain::Box& a, const domain::Box& b) {
  const double common = intersection(a, b);
  return common > 0 ? common / (area(a) + area(b) - common) : 0;
}

double share_inside(const domain::Box& inner, const domain::Box& outer) {
  return area(inner) > 0 ? intersection(inner, outer) / area(inner) : 0;
}

}  // namespace pictor::vision
