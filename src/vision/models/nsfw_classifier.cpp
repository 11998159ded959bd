#include "vision/models/nsfw_classifier.hpp"

#include <algorithm>
#include <array>

#include "vision/resample.hpp"

namespace pictor::vision {
namespace {

enum NsfwClass : std::size_t { kDrawing, kHentai, kNeutral, kPorn, kSexy };

}  // namespace

Result<NsfwClassifier> NsfwClassifier::load(std::shared_ptr<const Runtime> runtime, const std::string& folder) {
  return Session::load(std::move(runtime), folder + "/nsfw_mobilenet.onnx").map([](Session session) {
    return NsfwClassifier(std::move(session));
  });
}

Result<std::vector<Tensor>> NsfwClassifier::run(std::span<const float> rgb) const {
  constexpr std::array<std::int64_t, 4> kShape{1, kSide, kSide, 3};
  return session_.run(rgb, kShape);
}

Result<double> NsfwClassifier::score(const Pixels& pixels) const {
  std::vector<float> rgb = resample(pixels, whole(pixels), kSide, kSide, Filter::kBilinear);
  for (float& value : rgb) {
    value /= 255.0F;
  }
  return run(rgb).map([](const std::vector<Tensor>& outputs) {
    const std::vector<float>& probabilities = outputs.front().values;
    const float score = probabilities[kHentai] + probabilities[kPorn] + 0.5F * probabilities[kSexy];
    return static_cast<double>(std::clamp(score, 0.0F, 1.0F));
  });
}

}  // namespace pictor::vision
