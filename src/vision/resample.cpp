#include "vision/resample.hpp"

#include <algorithm>
#include <cmath>

namespace pictor::vision {
namespace {

/// The source samples of one output sample along one axis, and their weights (sum 1).
struct Taps {
  int first = 0;
  std::vector<float> weights;
};

double bilinear(double x) { return std::max(0.0, 1.0 - std::abs(x)); }

double bicubic(double x) {
  constexpr double kA = -0.5;
  x = std::abs(x);
  if (x < 1.0) {
    return ((kA + 2.0) * x - (kA + 3.0)) * x * x + 1.0;
  }
  return x < 2.0 ? (((x - 5.0) * x + 8.0) * x - 4.0) * kA : 0.0;
}

std::vector<Taps> taps_along(double start, double length, int source_size, int target_size, Filter filter) {
  const double scale = length / target_size;
  const double widening = std::max(1.0, scale);
  const double support = (filter == Filter::kBicubic ? 2.0 : 1.0) * widening;
  std::vector<Taps> all(static_cast<std::size_t>(target_size));
  for (int i = 0; i < target_size; ++i) {
    const double centre = start + (i + 0.5) * scale;
    const int first = std::clamp(static_cast<int>(std::floor(centre - support + 0.5)), 0, source_size - 1);
    const int last = std::clamp(static_cast<int>(std::floor(centre + support + 0.5)), first + 1, source_size);
    Taps& taps = all[static_cast<std::size_t>(i)];
    taps.first = first;
    double sum = 0;
    std::vector<double> weights;
    for (int source = first; source < last; ++source) {
      const double x = (source + 0.5 - centre) / widening;
      weights.push_back(filter == Filter::kBicubic ? bicubic(x) : bilinear(x));
      sum += weights.back();
    }
    // A region that reaches past the edge can leave no weight: then the nearest sample stands for it.
    for (const double weight : weights) {
      taps.weights.push_back(static_cast<float>(sum > 1e-9 ? weight / sum : 1.0 / static_cast<double>(weights.size())));
    }
  }
  return all;
}

void scale_row(const std::uint8_t* source, const std::vector<Taps>& columns, float* target) {
  for (const Taps& taps : columns) {
    const std::uint8_t* sample = source + std::size_t{3} * static_cast<std::size_t>(taps.first);
    float red = 0, green = 0, blue = 0;
    for (const float weight : taps.weights) {
      red += weight * static_cast<float>(sample[0]);
      green += weight * static_cast<float>(sample[1]);
      blue += weight * static_cast<float>(sample[2]);
      sample += 3;
    }
    *target++ = red;
    *target++ = green;
    *target++ = blue;
  }
}

}  // namespace

Region whole(const Pixels& pixels) {
  return {0, 0, static_cast<double>(pixels.width), static_cast<double>(pixels.height)};
}

std::vector<float> resample(const Pixels& pixels, const Region& region, int width, int height, Filter filter) {
  const std::vector<Taps> columns = taps_along(region.left, region.width, pixels.width, width, filter);
  const std::vector<Taps> rows = taps_along(region.top, region.height, pixels.height, height, filter);
  const int first_row = rows.front().first;
  const int end_row = rows.back().first + static_cast<int>(rows.back().weights.size());
  const std::size_t row_length = std::size_t{3} * static_cast<std::size_t>(width);

  std::vector<float> narrowed(row_length * static_cast<std::size_t>(end_row - first_row));
  for (int y = first_row; y < end_row; ++y) {
    scale_row(pixels.row(y), columns, narrowed.data() + row_length * static_cast<std::size_t>(y - first_row));
  }
  std::vector<float> result(row_length * static_cast<std::size_t>(height), 0.0F);
  for (std::size_t y = 0; y < rows.size(); ++y) {
    float* target = result.data() + row_length * y;
    const float* source = narrowed.data() + row_length * static_cast<std::size_t>(rows[y].first - first_row);
    for (const float weight : rows[y].weights) {
      for (std::size_t i = 0; i < row_length; ++i) {
        target[i] += weight * source[i];
      }
      source += row_length;
    }
    for (std::size_t i = 0; i < row_length; ++i) {
      target[i] = std::clamp(target[i], 0.0F, 255.0F);
    }
  }
  return result;
}

Picture resized(const Pixels& pixels, int width, int height, Filter filter) {
  const std::vector<float> values = resample(pixels, whole(pixels), width, height, filter);
  Picture picture{width, height, std::vector<std::uint8_t>(values.size())};
  std::transform(values.begin(), values.end(), picture.rgb.begin(),
                 [](float value) { return static_cast<std::uint8_t>(std::lround(value)); });
  return picture;
}

std::vector<float> to_planar(const std::vector<float>& interleaved) {
  const std::size_t count = interleaved.size() / 3;
  std::vector<float> planar(interleaved.size());
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t band = 0; band < 3; ++band) {
      planar[band * count + i] = interleaved[3 * i + band];
    }
  }
  return planar;
}

}  // namespace pictor::vision
