#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace pictor::domain {

/// x, y, width, height in 0..1 of the upright picture, origin top left.
using Box = std::array<double, 4>;

struct DetectedObject {
  std::string label;  ///< COCO-80 name, English
  double confidence = 0;
  Box box{};
};
struct SceneLabel {
  std::string label;  ///< English noun of the classifier or of a WordNet group
  double confidence = 0;
};
struct TextLine {
  std::string text;  ///< UTF-8, in reading order
  double confidence = 0;
  Box box{};
};
struct Face {
  Box box{};
  double confidence = 0;
};
struct ColourShare {
  std::string hex;   ///< `#rrggbb`
  std::string name;  ///< English basic colour word ("dark blue"); not in the API
  double share = 0;  ///< 0..1 of the pixels
};

/// How the subject was decided: words must not claim more.
enum class SubjectSource { kNone, kPerson, kDetection, kGroup, kLeaf, kColour };

/// The one thing that the picture is about, as the fusion rule decided; empty label when nothing is sure enough.
struct Subject {
  std::string label;      ///< English noun, singular ("dog", "mountain", "person")
  std::string wider;      ///< its wider word ("animal"), may be empty
  double confidence = 0;  ///< 0..1
  int count = 1;          ///< how many are seen for sure
  bool is_scene = false;  ///< a landscape or place rather than a thing
  bool is_person = false;
  SubjectSource source = SubjectSource::kNone;
  Box box{};  ///< all zero when unknown
};

/// What the vision step saw. Values are true of the upright picture. Section 3 of the API has the published form.
struct Facts {
  Subject subject;
  std::vector<DetectedObject> objects;  ///< accepted detections only, by weight
  std::vector<SceneLabel> labels;       ///< most probable first
  std::vector<TextLine> text;
  std::vector<Face> faces;
  std::vector<ColourShare> colours;  ///< largest share first, at most 6
  std::string kind = "photo";        ///< photo drawing screenshot chart logo icon map document pattern
  double kind_confidence = 0;
  double nsfw = 0;          ///< 0..1
  std::string orientation;  ///< landscape portrait square
  int width = 0;            ///< px, upright
  int height = 0;
  bool has_alpha = false;
  bool is_blank = false;  ///< one colour all over
  std::string blurhash;
  std::array<double, 2> focal_point{0.5, 0.5};
  std::string model;  ///< names and versions of what looked, e.g. `pictor-local-1 (efficientnet-lite2, centernet, …)`
};

/// Whole form (protocol and rows): every field. `to_api_json` gives the `facts` object of the API.
[[nodiscard]] Json to_json(const Facts& facts);
[[nodiscard]] Result<Facts> facts_from_json(const Json& json);
[[nodiscard]] Json to_api_json(const Facts& facts);

}  // namespace pictor::domain
