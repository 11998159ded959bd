#include "imaging/resample/axis.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace pictor::imaging::resample {
namespace {

constexpr double kLobes = 3;

double lanczos(double x) {
  x = std::abs(x);
  if (x < 1e-9) {
    return 1;
  }
  if (x >= kLobes) {
    return 0;
  }
  const double angle = std::numbers::pi * x;
  return kLobes * std::sin(angle) * std::sin(angle / kLobes) / (angle * angle);
}

/// Weights of one result on source positions [low, high], `centre` and the positions counted alike.
struct Window {
  int start = 0;
  std::vector<double> weights;
};

Window window_of(double centre, double stretch, int low, int high) {
  const int from = static_cast<int>(std::ceil(centre - kLobes * stretch));
  const int to = static_cast<int>(std::floor(centre + kLobes * stretch));
  const int begin = std::clamp(from, low, high);
  Window window{begin, std::vector<double>(static_cast<std::size_t>(std::clamp(to, low, high) - begin + 1), 0.0)};
  double sum = 0;
  for (int at = from; at <= to; ++at) {
    double weight = lanczos((at - centre) / stretch);
    weight = std::abs(weight) < 1e-12 ? 0 : weight;  // whole numbers are zeros of the kernel; sin(π k) isn't quite
    window.weights[static_cast<std::size_t>(std::clamp(at, low, high) - begin)] += weight;
    sum += weight;
  }
  for (double& weight : window.weights) {
    weight /= sum;
  }
  return window;
}

}  // namespace

Axis::Axis(int size, double from, double length, int results, int align) {
  scale_ = length / results;
  const int low = std::clamp(static_cast<int>(std::floor(from)), 0, size - 1);
  first_ = low / align * align;
  last_ = std::clamp(static_cast<int>(std::ceil(from + length)) - 1, low, size - 1);
  identity_ = results == last_ - first_ + 1 && scale_ == 1.0 && from == first_;
  const double stretch = std::max(1.0, scale_);
  starts_.reserve(static_cast<std::size_t>(results));
  offsets_.reserve(static_cast<std::size_t>(results) + 1);
  offsets_.push_back(0);
  for (int result = 0; result < results; ++result) {
    const Window window = window_of(from + (result + 0.5) * scale_ - 0.5, stretch, low, last_);
    starts_.push_back(window.start - first_);
    weights_.insert(weights_.end(), window.weights.begin(), window.weights.end());
    offsets_.push_back(weights_.size());
    longest_ = std::max(longest_, static_cast<int>(window.weights.size()));
  }
}

FixedAxis::FixedAxis(const Axis& axis, int align, int multiple) {
  const int results = axis.results();
  for (int result = 0; result < results; ++result) {
    const int start = axis.start(result) / align * align;
    starts.push_back(start);
    taps = std::max(taps, axis.start(result) - start + static_cast<int>(axis.weights(result).size()));
  }
  taps = (taps + multiple - 1) / multiple * multiple;
  weights.assign(static_cast<std::size_t>(results) * static_cast<std::size_t>(taps), 0);
  for (int result = 0; result < results; ++result) {
    const std::span<const float> exact = axis.weights(result);
    std::int16_t* out = weights.data() + static_cast<std::size_t>(result) * static_cast<std::size_t>(taps) +
                        (axis.start(result) - starts[static_cast<std::size_t>(result)]);
    // What rounding took from one weight the next one gets: the sum is exact, and so are sums over parts.
    double owed = 0;
    for (std::size_t at = 0; at < exact.size(); ++at) {
      owed += static_cast<double>(exact[at]) * (1 << kBits);
      const long whole = std::lround(owed);
      out[at] = static_cast<std::int16_t>(whole);
      owed -= static_cast<double>(whole);
    }
  }
}

}  // namespace pictor::imaging::resample
