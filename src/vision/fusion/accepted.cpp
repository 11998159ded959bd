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
constexpr double kFacedPersonScore = 0.35;
// On its own crop the classifier has no surroundings to be misled by, and none to be helped by either.
constexpr double kCloserSupport = 0.35;
constexpr double kSmallestCloser = 0.01, kLargestCloser = 0.7;
constexpr std::size_t kMostCloser = 2;
constexpr int kSportsBall = 32;  // COCO's class of all that is round
constexpr double kBallSupport = 0.4;

bool is_person_accepted(const Evidence& evidence, const Detection& detection, const Labels& labels) {
  const bool has_face = std::any_of(evidence.faces.begin(), evidence.faces.end(), [&](const domain::Face& face) {
    return share_inside(face.box, detection.box) >= 0.6;
  });
  // Statues, dolls and drawings look like people to the detector; a plain ground or a drawing asks for a face as well.
  const bool needs_face = evidence.is_cut_out || evidence.is_graphic;
  const double wanted = has_face ? kFacedPersonScore : labels.threshold("person_score");
  return detection.score >= wanted && area(detection.box) >= labels.threshold("person_area") &&
         (!needs_face || has_face);
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

bool is_accepted(const Evidence& evidence, const Detection& detection, double support,
                 const std::vector<float>& probabilities, const Labels& labels) {
  if (detection.label == kPerson) {
    return is_person_accepted(evidence, detection, labels);
  }
  const auto label = static_cast<std::size_t>(detection.label);
  if (labels.coco_is_animal[label] && is_contradicted(probabilities, labels.coco_equivalents[label])) {
    return false;
  }
  if (detection.label == kSportsBall && support < kBallSupport) {
    return false;
  }
  if ((detection.score >= kAgreedScore && support >= kAgreedSupport) ||
      (detection.score >= kHalfAgreedScore && support >= kHalfAgreedSupport)) {
    return true;
  }
  return !evidence.is_cut_out && !evidence.is_graphic && detection.score >= kAloneScore &&
         area(detection.box) >= kAloneArea;
}

/// Probability of the classes that a detection stands for: in the whole picture or, when that is surer, in its own
/// crop.
double support_of(const Evidence& evidence, std::size_t index, const std::vector<float>& probabilities,
                  const Labels& labels) {
  const auto& equivalents = labels.coco_equivalents[static_cast<std::size_t>(evidence.detections[index].label)];
  double support = sum_over(probabilities, equivalents);
  if (evidence.detections[index].label == kSportsBall) {
    return support;  // on its own crop any round thing is a ball
  }
  for (const CloserLook& look : evidence.closer) {
    const double closer = look.detection == index ? sum_over(look.probabilities, equivalents) : 0;
    support = closer >= kCloserSupport ? std::max(support, closer) : support;
  }
  return support;
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
  for (std::size_t i = 0; i < evidence.detections.size(); ++i) {
    const Detection& detection = evidence.detections[i];
    const double support = support_of(evidence, i, probabilities, labels);
    if (is_accepted(evidence, detection, support, probabilities, labels)) {
      accepted.push_back({detection, support, detection.score * std::sqrt(area(detection.box)) * (1 + 2 * support)});
    }
  }
  std::stable_sort(accepted.begin(), accepted.end(),
                   [](const Accepted& a, const Accepted& b) { return a.weight > b.weight; });
  return accepted;
}

std::vector<std::size_t> worth_a_closer_look(const Evidence& evidence, const Labels& labels) {
  const std::vector<float> probabilities = mean_of_views(evidence);
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < evidence.detections.size() && chosen.size() < kMostCloser; ++i) {
    const Detection& detection = evidence.detections[i];
    const auto& equivalents = labels.coco_equivalents[static_cast<std::size_t>(detection.label)];
    const double size = area(detection.box);
    if (detection.score >= kAgreedScore && !equivalents.empty() && size >= kSmallestCloser && size <= kLargestCloser &&
        !is_accepted(evidence, detection, sum_over(probabilities, equivalents), probabilities, labels)) {
      chosen.push_back(i);
    }
  }
  return chosen;
}

}  // namespace pictor::vision
