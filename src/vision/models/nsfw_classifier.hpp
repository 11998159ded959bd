#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "vision/pixels.hpp"
#include "vision/runtime.hpp"

namespace pictor::vision {

/// MobileNet v2 of nsfwjs: how far a picture is from what an office wall could carry. Thread-safe.
///
/// in   float32 NHWC [1, 224, 224, 3], RGB 0..1, the whole picture squashed to a square
/// out  float32 [1, 5], softmax: drawing, hentai, neutral, porn, sexy
class NsfwClassifier {
 public:
  static constexpr int kSide = 224;

  /// @error kInternal  nsfw_mobilenet.onnx is missing from the folder, or not a model
  [[nodiscard]] static Result<NsfwClassifier> load(std::shared_ptr<const Runtime> runtime, const std::string& folder);

  /// @param rgb  the input tensor
  [[nodiscard]] Result<std::vector<Tensor>> run(std::span<const float> rgb) const;

  /// 0..1: explicit photographs and drawings count whole, suggestive ones half.
  [[nodiscard]] Result<double> score(const Pixels& pixels) const;

 private:
  explicit NsfwClassifier(Session session) : session_(std::move(session)) {}
  Session session_;
};

}  // namespace pictor::vision
