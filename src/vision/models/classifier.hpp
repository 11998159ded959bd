#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "vision/pixels.hpp"
#include "vision/resample.hpp"
#include "vision/runtime.hpp"

namespace pictor::vision {

/// EfficientNet-Lite2 over ImageNet-1k (Tan & Le 2019, arXiv:1905.11946). Thread-safe.
///
/// in   float32 NCHW [1, 3, 260, 260], RGB 0..255 (the graph subtracts 127 and divides by 128)
/// out  float32 [1, 1000], softmax, sums to 1; float32 [1, 1280], the embedding before the last layer (unused)
class Classifier {
 public:
  static constexpr int kSide = 260;
  static constexpr std::size_t kClasses = 1000;

  /// @error kInternal  efficientnet_lite2.onnx is missing from the folder, or not a model
  [[nodiscard]] static Result<Classifier> load(std::shared_ptr<const Runtime> runtime, const std::string& folder);

  /// @param rgb  the input tensor
  /// @return  [probabilities, embedding]
  [[nodiscard]] Result<std::vector<Tensor>> run(std::span<const float> rgb) const;

  /// What a region of the picture shows: 1,000 probabilities. The region is squashed to a square, bicubic.
  [[nodiscard]] Result<std::vector<float>> classify(const Pixels& pixels, const Region& region) const;

  /// The central square of side min(width, height) · 260/292 that the network was evaluated on.
  [[nodiscard]] static Region central_crop(const Pixels& pixels);

 private:
  explicit Classifier(Session session) : session_(std::move(session)) {}
  Session session_;
};

}  // namespace pictor::vision
