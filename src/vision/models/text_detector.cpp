#include "vision/models/text_detector.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "vision/resample.hpp"

namespace pictor::vision {
namespace {

// ImageNet's mean and deviation in the order of RGB; the network was trained with them on BGR, so band 0 (blue) gets
// red's.
constexpr std::array<float, 3> kMean{0.485F, 0.456F, 0.406F};
constexpr std::array<float, 3> kDeviation{0.229F, 0.224F, 0.225F};
constexpr int kMultiple = 32;

int rounded(double side) { return std::max(kMultiple, static_cast<int>(std::lround(side / kMultiple)) * kMultiple); }

}  // namespace

Result<TextDetector> TextDetector::load(std::shared_ptr<const Runtime> runtime, const std::string& folder) {
  return Session::load(std::move(runtime), folder + "/text_detector.onnx").map([](Session session) {
    return TextDetector(std::move(session));
  });
}

Result<std::vector<Tensor>> TextDetector::run(std::span<const float> bgr, int height, int width) const {
  const std::array<std::int64_t, 4> shape{1, 3, height, width};
  return session_.run(bgr, shape);
}

Result<TextMap> TextDetector::detect(const Pixels& pixels, int longest_side) const {
  const double scale = std::min(1.0, static_cast<double>(longest_side) / std::max(pixels.width, pixels.height));
  const int width = rounded(pixels.width * scale), height = rounded(pixels.height * scale);
  const std::vector<float> rgb = resample(pixels, whole(pixels), width, height, Filter::kBilinear);
  const std::size_t count = rgb.size() / 3;
  std::vector<float> bgr(rgb.size());
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t band = 0; band < 3; ++band) {
      bgr[band * count + i] = (rgb[3 * i + 2 - band] / 255.0F - kMean[band]) / kDeviation[band];
    }
  }
  return run(bgr, height, width).map([&](std::vector<Tensor> outputs) {
    return TextMap{width, height, std::move(outputs.front().values)};
  });
}

}  // namespace pictor::vision
