#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "vision/pixels.hpp"
#include "vision/runtime.hpp"

namespace pictor::vision {

/// How sure each pixel of a shrunk picture belongs to text.
struct TextMap {
  int width = 0;              ///< px, a multiple of 32
  int height = 0;             ///< px, a multiple of 32
  std::vector<float> values;  ///< [height, width], 0..1
};

/// PP-OCRv4 mobile text detection: DBNet (Liao et al. 2020, arXiv:1911.08947). Thread-safe.
///
/// in   float32 NCHW [1, 3, H, W], H and W multiples of 32, BGR, (v/255 − mean) / deviation with ImageNet's constants
/// out  float32 [1, 1, H, W], 0..1
class TextDetector {
 public:
  /// @error kInternal  text_detector.onnx is missing from the folder, or not a model
  [[nodiscard]] static Result<TextDetector> load(std::shared_ptr<const Runtime> runtime, const std::string& folder);

  /// @param bgr  the input tensor of `height` × `width`
  [[nodiscard]] Result<std::vector<Tensor>> run(std::span<const float> bgr, int height, int width) const;

  /// Looks at the picture shrunk (never enlarged by more than rounding) so that its longest side is at most
  /// `longest_side` px.
  [[nodiscard]] Result<TextMap> detect(const Pixels& pixels, int longest_side) const;

 private:
  explicit TextDetector(Session session) : session_(std::move(session)) {}
  Session session_;
};

}  // namespace pictor::vision
