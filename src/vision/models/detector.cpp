#include "vision/models/detector.hpp"

#include <algorithm>
#include <array>

#include "vision/models/boxes.hpp"
#include "vision/resample.hpp"

namespace pictor::vision {
namespace {

constexpr int kCells = 128;
constexpr int kClasses = 80;
constexpr double kPixelsPerCell = 4.0;
constexpr float kLowestScore = 0.25F;
constexpr std::size_t kMostObjects = 60;
constexpr double kLargestOverlap = 0.55;

bool is_peak(const float* map, int x, int y) {
  const float value = map[y * kCells + x];
  for (int row = std::max(0, y - 1); row <= std::min(kCells - 1, y + 1); ++row) {
    for (int column = std::max(0, x - 1); column <= std::min(kCells - 1, x + 1); ++column) {
      if (map[row * kCells + column] > value) {
        return false;
      }
    }
  }
  return true;
}

domain::Box box_at(std::span<const float> sides, int x, int y) {
  constexpr std::size_t kPlane = std::size_t{kCells} * kCells;
  const auto cell = static_cast<std::size_t>(y * kCells + x);
  const double centre_x = x * kPixelsPerCell, centre_y = y * kPixelsPerCell;
  const auto side = [&](std::size_t index) { return static_cast<double>(sides[index * kPlane + cell]); };
  constexpr double kSide = Detector::kSide;
  return clipped_box((centre_x - side(0)) / kSide, (centre_y - side(1)) / kSide, (centre_x + side(2)) / kSide,
                     (centre_y + side(3)) / kSide);
}

}  // namespace

Result<Detector> Detector::load(std::shared_ptr<const Runtime> runtime, const std::string& folder) {
  return Session::load(std::move(runtime), folder + "/centernet.onnx").map([](Session session) {
    return Detector(std::move(session));
  });
}

Result<std::vector<Tensor>> Detector::run(std::span<const float> rgb) const {
  constexpr std::array<std::int64_t, 4> kShape{1, kSide, kSide, 3};
  return session_.run(rgb, kShape);
}

Result<std::vector<Detection>> Detector::detect(const Pixels& pixels) const {
  return run(resample(pixels, whole(pixels), kSide, kSide, Filter::kBilinear)).map([](const std::vector<Tensor>& maps) {
    return decode_detections(maps[0].values, maps[1].values);
  });
}

std::vector<Detection> decode_detections(std::span<const float> keypoints, std::span<const float> sides) {
  std::vector<Detection> found;
  for (int label = 0; label < kClasses; ++label) {
    const float* map = keypoints.data() + static_cast<std::ptrdiff_t>(label) * kCells * kCells;
    for (int y = 0; y < kCells; ++y) {
      for (int x = 0; x < kCells; ++x) {
        const float score = map[y * kCells + x];
        if (score >= kLowestScore && is_peak(map, x, y)) {
          found.push_back({label, score, box_at(sides, x, y)});
        }
      }
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Detection& a, const Detection& b) { return a.score > b.score; });
  std::vector<Detection> kept = without_overlaps(
      found, kLargestOverlap, [](const Detection& a, const Detection& b) { return a.label == b.label; });
  kept.resize(std::min(kept.size(), kMostObjects));
  return kept;
}

}  // namespace pictor::vision
