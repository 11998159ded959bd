#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "domain/facts.hpp"
#include "vision/pixels.hpp"
#include "vision/runtime.hpp"

namespace pictor::vision {

/// BlazeFace, the back-camera variant (Bazarevsky et al. 2019, arXiv:1907.05047). Finds where faces are; who they are,
/// how old or of what mood is nothing that Pictor asks. Thread-safe.
///
/// in   float32 NHWC [1, 256, 256, 3], RGB −1..1, the picture padded to a square
/// out  fine_scores [1, 512, 1], coarse_scores [1, 384, 1]: logits of anchors on a 16 × 16 (2 each) and 8 × 8 (6 each)
/// grid
///      fine_boxes [1, 512, 16], coarse_boxes [1, 384, 16]: centre (from the anchor), size, and six points, in px of
///      the 256
class FaceDetector {
 public:
  static constexpr int kSide = 256;

  /// @error kInternal  blazeface.onnx is missing from the folder, or not a model
  [[nodiscard]] static Result<FaceDetector> load(std::shared_ptr<const Runtime> runtime, const std::string& folder);

  /// @param rgb  the input tensor
  /// @return  [fine_scores, coarse_scores, fine_boxes, coarse_boxes]
  [[nodiscard]] Result<std::vector<Tensor>> run(std::span<const float> rgb) const;

  /// Faces of confidence ≥ 0.5, surest first.
  [[nodiscard]] Result<std::vector<domain::Face>> detect(const Pixels& pixels) const;

 private:
  explicit FaceDetector(Session session) : session_(std::move(session)) {}
  Session session_;
};

/// Faces in 0..1 of the padded square. Pure.
/// @param scores, boxes  of one grid of `cells` × `cells` with `anchors` each
[[nodiscard]] std::vector<domain::Face> decode_faces(std::span<const float> scores, std::span<const float> boxes,
                                                     int cells, int anchors);

}  // namespace pictor::vision
