#include "vision/models/classifier.hpp"

#include <algorithm>
#include <array>

namespace pictor::vision {

Result<Classifier> Classifier::load(std::shared_ptr<const Runtime> runtime, const std::string& folder) {
  return Session::load(std::move(runtime), folder + "/efficientnet_lite2.onnx").map([](Session session) {
    return Classifier(std::move(session));
  });
}

Result<std::vector<Tensor>> Classifier::run(std::span<const float> rgb) const {
  constexpr std::array<std::int64_t, 4> kShape{1, 3, kSide, kSide};
  return session_.run(rgb, kShape);
}

Result<std::vector<float>> Classifier::classify(const Pixels& pixels, const Region& region) const {
  const std::vector<float> rgb = to_planar(resample(pixels, region, kSide, kSide, Filter::kBicubic));
  return run(rgb).map([](std::vector<Tensor> outputs) { return std::move(outputs.front().values); });
}

Region Classifier::central_crop(const Pixels& pixels) {
  const double side = std::min(pixels.width, pixels.height) * (260.0 / 292.0);
  return {(pixels.width - side) / 2, (pixels.height - side) / 2, side, side};
}

}  // namespace pictor::vision
