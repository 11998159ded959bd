#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "domain/facts.hpp"
#include "vision/pixels.hpp"
#include "vision/runtime.hpp"

namespace pictor::vision {

struct Detection {
  int label = 0;     ///< index into COCO's 80 classes
  double score = 0;  ///< 0..1
  domain::Box box{};
};

/// CenterNet on MobileNet v3 over COCO-80 (Zhou et al. 2019, arXiv:1904.07850). Thread-safe.
///
/// in   float32 NHWC [1, 512, 512, 3], RGB 0..255, the whole picture squashed to a square
/// out  keypoints float32 [1, 80, 128, 128], 0..1: how sure a cell is the centre of an object of the class
///      sides     float32 [1, 4, 128, 128]: from that centre to the left, top, right, bottom, in px of the 512
class Detector {
 public:
  static constexpr int kSide = 512;

  /// @error kInternal  centernet.onnx is missing from the folder, or not a model
  [[nodiscard]] static Result<Detector> load(std::shared_ptr<const Runtime> runtime, const std::string& folder);

  /// @param rgb  the input tensor
  /// @return  [keypoints, sides]
  [[nodiscard]] Result<std::vector<Tensor>> run(std::span<const float> rgb) const;

  /// Objects of score ≥ 0.25, best first, at most 60.
  [[nodiscard]] Result<std::vector<Detection>> detect(const Pixels& pixels) const;

 private:
  explicit Detector(Session session) : session_(std::move(session)) {}
  Session session_;
};

/// From the two output maps to objects: peaks of each class among their 3 × 3 neighbours, then boxes, then suppression
/// of overlaps within a class. Pure.
[[nodiscard]] std::vector<Detection> decode_detections(std::span<const float> keypoints, std::span<const float> sides);

}  // namespace pictor::vision
