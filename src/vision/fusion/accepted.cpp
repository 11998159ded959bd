#include "vision/fusion/accepted.hpp"

#include <algorithm>
#include <cmath>

#include "vision/models/boxes.hpp"

namespace pictor::vision {
namespace {

constexpr int kPerson = 0;
// What a detection needs when the classifier sees the same, sees it a little, or has no class for it.
constexpr double kAgreedScore = 0.3, kAgreedSupport = 0.22;
constexpr double kHalfAgreedScore = 0.45, kHalfAgreedSupport = 0.08;
constexpr double kAloneScore = 0.6, kAloneArea = 0.02;
constexpr double kOtherLeaf = 0.45;  // a class outside the animal's that is this probable refuses it

bool is_person_accepted(const Evidence& evidence, const Detection& detection, const Labels& labels) {
  // Statues, dolls and drawings look like people to the detector; a plain ground or a drawing asks for a face as well.
  const bool needs_face = evidence.is_cut_out || evidence.is_graphic;
  return detection.score >= labels.threshold("person_score") && area(detection.box) >= labels.threshold("person_area") &&
         (!needs_face || evidence.face_count > 0);
}

/// Whether some class outside the detected animal's is so probable that the detector must be wrong.
bool is_contradicted(const std::vector<float>& probabilities, const std::vector<std::size_t>& equivalents) {
  for (std::size_t index = 0; index < probabilities.size(); ++index) {
    if (static_cast<double>(probabilities[index]) >= kOtherLeaf &&
        std::find(equivalents.begin(), equivalents.end(), index) == equivalents.end()) {
      return true;
    }
  }
  return false;
}

bool is_accepted(const Evidence& evidence, const Detection& detection, double support, const std::vector<float>& probabilities,
                 const Labels& labels) {
  if (detection.label == kPerson) {
    return is_person_accepted(evidence, detection, labels);
  }
  const auto label = static_cast<std::size_t>(detection.label);
  if (labels.coco_is_animal[label] && is_contradicted(probabilities, labels.coco_equivalents[label])) {
    return false;
  }
  if ((detection.score >= kAgreedScore && support >= kAgreedSupport) ||
      (detection.score >= kHalfAgreedScore && support >= kHalfAgreedSupport)) {
    return true;
  }
  return !evidence.is_cut_out && !evidence.is_graphic && detection.score >= kAloneScore && area(detection.box) >= kAloneArea;
}

}  // namespace

std::vector<float> mean_of_views(const Evidence& evidence) {
  std::vector<float> mean(evidence.central.size());
  std::transform(evidence.central.begin(), evidence.central.end(), evidence.whole.begin(), mean.begin(),
                 [](float a, float b) { return (a + b) / 2; });
  return mean;
}

double sum_over(const std::vector<float>& probabilities, const std::vector<std::size_t>& classes) {
  double sum = 0;
  for (const std::size_t index : classes) {
    sum += static_cast<double>(probabilities[index]);
  }
  return sum;
}

std::vector<Accepted> accepted_detections(const Evidence& evidence, const std::vector<float>& probabilities,
                                          const Labels& labels) {
  std::vector<Accepted> accepted;
  for (const Detection& detection : evidence.detections) {
    const double support = sum_over(probabilities, labels.coco_equivalents[static_cast<std::size_t>(detection.label)]);
    if (is_accepted(evidence, detection, support, probabilities, labels)) {
      accepted.push_back({detection, support, detection.score * std::sqrt(area(detection.box)) * (1 + 2 * support)});
    }
  }
  std::stable_sort(accepted.begin(), accepted.end(), [](const Accepted& a, const Accepted& b) { return a.weight > b.weight; });
  return accepted;
}

}  // namespace pictor::vision
