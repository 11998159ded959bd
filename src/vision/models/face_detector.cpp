#include "vision/models/face_detector.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "vision/models/boxes.hpp"
#include "vision/resample.hpp"

namespace pictor::vision {
namespace {

constexpr double kLowestConfidence = 0.5;
constexpr double kLargestOverlap = 0.3;
constexpr std::size_t kNumbersPerBox = 16;

/// The whole picture on black, in the middle of a square; what lies beside it is black as in training.
std::vector<float> padded_square(const Pixels& pixels) {
  constexpr int kSide = FaceDetector::kSide;
  const double scale = static_cast<double>(kSide) / std::max(pixels.width, pixels.height);
  const int width = std::clamp(static_cast<int>(std::lround(pixels.width * scale)), 1, kSide);
  const int height = std::clamp(static_cast<int>(std::lround(pixels.height * scale)), 1, kSide);
  const std::vector<float> inner = resample(pixels, whole(pixels), width, height, Filter::kBilinear);
  std::vector<float> square(std::size_t{3} * kSide * kSide, -1.0F);
  const int left = (kSide - width) / 2, top = (kSide - height) / 2;
  for (int y = 0; y < height; ++y) {
    const auto source = inner.begin() + static_cast<std::ptrdiff_t>(y) * width * 3;
    const auto target = square.begin() + (static_cast<std::ptrdiff_t>(y + top) * kSide + left) * 3;
    std::transform(source, source + static_cast<std::ptrdiff_t>(width) * 3, target,
                   [](float value) { return value / 127.5F - 1.0F; });
  }
  return square;
}

/// From 0..1 of the padded square to 0..1 of the picture.
domain::Box unpadded(const domain::Box& box, const Pixels& pixels) {
  const double longest = std::max(pixels.width, pixels.height);
  const double scale_x = longest / pixels.width, scale_y = longest / pixels.height;
  const double left = (box[0] - 0.5) * scale_x + 0.5, top = (box[1] - 0.5) * scale_y + 0.5;
  return clipped_box(left, top, left + box[2] * scale_x, top + box[3] * scale_y);
}

}  // namespace

Result<FaceDetector> FaceDetector::load(std::shared_ptr<const Runtime> runtime, const std::string& folder) {
  return Session::load(std::move(runtime), folder + "/blazeface.onnx").map([](Session session) {
    return FaceDetector(std::move(session));
  });
}

Result<std::vector<Tensor>> FaceDetector::run(std::span<const float> rgb) const {
  constexpr std::array<std::int64_t, 4> kShape{1, kSide, kSide, 3};
  return session_.run(rgb, kShape);
}

Result<std::vector<domain::Face>> FaceDetector::detect(const Pixels& pixels) const {
  const Result<std::vector<Tensor>> outputs = run(padded_square(pixels));
  if (!outputs) {
    return fail(outputs.error());
  }
  std::vector<domain::Face> faces = decode_faces((*outputs)[0].values, (*outputs)[2].values, 16, 2);
  const std::vector<domain::Face> large = decode_faces((*outputs)[1].values, (*outputs)[3].values, 8, 6);
  faces.insert(faces.end(), large.begin(), large.end());
  std::stable_sort(faces.begin(), faces.end(),
                   [](const domain::Face& a, const domain::Face& b) { return a.confidence > b.confidence; });
  faces = without_overlaps(faces, kLargestOverlap, [](const domain::Face&, const domain::Face&) { return true; });
  for (domain::Face& face : faces) {
    face.box = unpadded(face.box, pixels);
  }
  std::erase_if(faces, [](const domain::Face& face) { return area(face.box) <= 0; });
  return faces;
}

std::vector<domain::Face> decode_faces(std::span<const float> scores, std::span<const float> boxes, int cells,
                                       int anchors) {
  std::vector<domain::Face> faces;
  constexpr double kSide = FaceDetector::kSide;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double confidence = 1.0 / (1.0 + std::exp(-static_cast<double>(scores[i])));
    if (confidence < kLowestConfidence) {
      continue;
    }
    const int cell = static_cast<int>(i) / anchors;
    const auto number = [&](std::size_t index) {
      return static_cast<double>(boxes[i * kNumbersPerBox + index]) / kSide;
    };
    const double centre_x = number(0) + (static_cast<double>(cell % cells) + 0.5) / cells,
                 centre_y = number(1) + (static_cast<double>(cell / cells) + 0.5) / cells;
    const double width = number(2), height = number(3);
    faces.push_back(
        {clipped_box(centre_x - width / 2, centre_y - height / 2, centre_x + width / 2, centre_y + height / 2),
         confidence});
  }
  return faces;
}

}  // namespace pictor::vision
