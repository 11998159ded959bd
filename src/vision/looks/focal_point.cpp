#include "vision/looks/focal_point.hpp"

#include <algorithm>
#include <cmath>

#include "vision/looks/colours.hpp"
#include "vision/models/boxes.hpp"
#include "vision/resample.hpp"

namespace pictor::vision {
namespace {

constexpr int kGrid = 32;

std::array<double, 2> middle_of(const std::vector<domain::Face>& faces) {
  double x = 0, y = 0, sum = 0;
  for (const domain::Face& face : faces) {
    const double weight = face.confidence * area(face.box);
    x += weight * (face.box[0] + face.box[2] / 2);
    y += weight * (face.box[1] + face.box[3] / 2);
    sum += weight;
  }
  return {x / sum, y / sum};
}

std::vector<std::array<double, 3>> small_lab(const Pixels& pixels) {
  const std::vector<float> rgb = resample(pixels, whole(pixels), kGrid, kGrid, Filter::kBilinear);
  std::vector<std::array<double, 3>> lab;
  for (std::size_t i = 0; i < rgb.size(); i += 3) {
    lab.push_back(
        to_oklab(static_cast<double>(rgb[i]), static_cast<double>(rgb[i + 1]), static_cast<double>(rgb[i + 2])));
  }
  return lab;
}

double difference(const std::array<double, 3>& a, const std::array<double, 3>& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/// The centre of gravity of what stands out; the middle of an even picture.
std::array<double, 2> salient_point(const Pixels& pixels) {
  const std::vector<std::array<double, 3>> lab = small_lab(pixels);
  const auto at = [&](int x, int y) -> const std::array<double, 3>& {
    return lab[static_cast<std::size_t>(y * kGrid + x)];
  };
  std::array<double, 3> border{};
  for (int i = 0; i < kGrid; ++i) {
    for (std::size_t band = 0; band < 3; ++band) {
      border[band] += (at(i, 0)[band] + at(i, kGrid - 1)[band] + at(0, i)[band] + at(kGrid - 1, i)[band]) / (4 * kGrid);
    }
  }
  double x_sum = 0, y_sum = 0, sum = 1e-6;
  for (int y = 0; y < kGrid; ++y) {
    for (int x = 0; x < kGrid; ++x) {
      const double edges = difference(at(x, y), at(std::min(x + 1, kGrid - 1), y)) +
                           difference(at(x, y), at(x, std::min(y + 1, kGrid - 1)));
      const double off_x = (x + 0.5) / kGrid - 0.5, off_y = (y + 0.5) / kGrid - 0.5;
      const double weight =
          std::pow(difference(at(x, y), border) + edges, 2) * std::exp(-3 * (off_x * off_x + off_y * off_y));
      x_sum += weight * off_x;
      y_sum += weight * off_y;
      sum += weight;
    }
  }
  return {0.5 + x_sum / sum, 0.5 + y_sum / sum};
}

}  // namespace

std::array<double, 2> focal_point(const Pixels& pixels, const std::vector<domain::Face>& faces,
                                  const domain::Subject& subject) {
  if (!faces.empty()) {
    return middle_of(faces);
  }
  if (area(subject.box) > 0) {
    // Of a standing person the upper part matters, of other things the middle.
    const double down = subject.is_person && subject.box[3] > subject.box[2] ? 0.3 : 0.5;
    return {subject.box[0] + subject.box[2] / 2, subject.box[1] + subject.box[3] * down};
  }
  return salient_point(pixels);
}

}  // namespace pictor::vision
