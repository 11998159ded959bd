#pragma once

#include <span>
#include <vector>

#include "domain/facts.hpp"
#include "vision/fusion/labels.hpp"
#include "vision/models/detector.hpp"

namespace pictor::vision {

/// The classifier's answer on one detection's own crop.
struct CloserLook {
  std::size_t detection = 0;         ///< index into Evidence::detections
  std::vector<float> probabilities;  ///< 1,000
};

/// All that the models said about one picture.
struct Evidence {
  std::vector<float> central;         ///< 1,000 probabilities of the central crop
  std::vector<float> whole;           ///< 1,000 probabilities of the whole picture
  std::vector<Detection> detections;  ///< best first
  double green_share = 0;             ///< 0..1 of the pixels
  bool is_cut_out = false;            ///< one plain ground all around: the detector is not to be trusted alone
  bool is_graphic = false;            ///< drawn, not photographed: persons and things in it are guesses
  std::vector<domain::Face> faces;    ///< sure ones
  std::vector<CloserLook> closer;     ///< second looks, may be empty
};

/// What is claimed of the picture.
struct Sight {
  domain::Subject subject;
  std::vector<domain::DetectedObject> objects;  ///< accepted detections, by weight
  std::vector<domain::SceneLabel> labels;       ///< groups and trusted classes of P ≥ 0.1, most probable first
};

/// Detections that the whole picture's classes leave in doubt, and that their own crop could settle: indices, at
/// most 2. Pure.
[[nodiscard]] std::vector<std::size_t> worth_a_closer_look(const Evidence& evidence, const Labels& labels);

/// Brings the classifier's and the detector's answers together. Each is wrong alone more often than a reader would
/// forgive; what both support, or what a whole group of classes adds up to, is nearly always true
/// (models/cards/fusion.md has the counts). When nothing is sure enough the subject stays empty. Pure and thread-safe.
[[nodiscard]] Sight fuse(const Evidence& evidence, const Labels& labels);

}  // namespace pictor::vision
