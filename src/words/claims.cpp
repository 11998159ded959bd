#include "words/claims.hpp"

#include <algorithm>
#include <array>

#include "words/nouns.hpp"
#include "words/text.hpp"

namespace pictor::words {
namespace {

constexpr std::size_t kMostOthers = 3;
constexpr std::size_t kMostColours = 3;
constexpr double kSamePlace = 0.6;  // overlap from which two boxes of different names are one thing
constexpr double kInside = 0.7;     // share of a box inside a heavier one of its kind: the same thing seen twice
constexpr double kSmallPrint =
    0.025;  // height of a line, share of the picture: smaller ones in photographs are not its subject
constexpr std::array<std::string_view, 9> kKinds = {"photo", "drawing", "screenshot", "chart",  "logo",
                                                    "icon",  "map",     "document",   "pattern"};

double area(const domain::Box& box) { return std::max(0.0, box[2]) * std::max(0.0, box[3]); }

double common_area(const domain::Box& a, const domain::Box& b) {
  const double width = std::min(a[0] + a[2], b[0] + b[2]) - std::max(a[0], b[0]);
  const double height = std::min(a[1] + a[3], b[1] + b[3]) - std::max(a[1], b[1]);
  return std::max(0.0, width) * std::max(0.0, height);
}

bool is_same_place(const domain::Box& a, const domain::Box& b) {
  const double common = common_area(a, b);
  return common > 0 && common >= kSamePlace * (area(a) + area(b) - common);
}

double limit_for(domain::SubjectSource source) {
  switch (source) {
    case domain::SubjectSource::kNone:
      return 2;  // never
    case domain::SubjectSource::kPerson:
      return ClaimLimits::kPerson;
    case domain::SubjectSource::kGroup:
    case domain::SubjectSource::kColour:
      return ClaimLimits::kGroup;
    case domain::SubjectSource::kDetection:
    case domain::SubjectSource::kLeaf:
      return ClaimLimits::kSubject;
  }
  return 2;
}

Thing thing_of(const domain::DetectedObject& object) {
  Thing thing;
  thing.noun = canonical_noun(object.label);
  thing.wider = wider_noun(thing.noun);
  thing.is_person = thing.noun == "person";
  thing.confidence = object.confidence;
  thing.box = object.box;
  return thing;
}

/// Sure detections, one thing for each kind with its count; parts of a heavier one of the same kind are not counted
/// twice.
std::vector<Thing> detected_things(const domain::Facts& facts) {
  std::vector<Thing> things;
  std::vector<domain::DetectedObject> counted;
  for (const domain::DetectedObject& object : facts.objects) {
    const bool is_part = std::any_of(counted.begin(), counted.end(), [&](const domain::DetectedObject& other) {
      return other.label == object.label && common_area(object.box, other.box) > kInside * area(object.box);
    });
    Thing thing = thing_of(object);
    if (object.confidence < ClaimLimits::kDetected || is_part || thing.noun.empty()) {
      continue;
    }
    counted.push_back(object);
    const auto known =
        std::find_if(things.begin(), things.end(), [&](const Thing& other) { return other.noun == thing.noun; });
    if (known == things.end()) {
      things.push_back(std::move(thing));
    } else {
      ++known->count;
    }
  }
  return things;
}

void claim_subject(const domain::Facts& facts, Claims& claims) {
  const domain::Subject& seen = facts.subject;
  const bool is_sure = seen.confidence >= limit_for(seen.source);
  std::string noun = canonical_noun(seen.label);
  if (noun.empty() || (!is_sure && (seen.wider.empty() || seen.confidence < ClaimLimits::kGroup ||
                                    seen.source == domain::SubjectSource::kNone))) {
    return;
  }
  Thing subject;
  subject.noun = is_sure ? std::move(noun) : canonical_noun(seen.wider);
  subject.wider = is_sure && !seen.wider.empty() ? canonical_noun(seen.wider) : std::string(wider_noun(subject.noun));
  subject.count = is_sure ? std::max(1, seen.count) : 1;
  subject.is_person = seen.is_person || subject.noun == "person";
  subject.noun = subject.is_person ? "person" : subject.noun;
  subject.confidence = seen.confidence;
  subject.box = seen.box;
  claims.is_scene = seen.is_scene;
  claims.is_backed_off = !is_sure;
  claims.subject = std::move(subject);
}

/// A general word gives way to a narrower one seen in the same place: "animal" to "horse".
bool is_narrower(const Thing& subject, const Thing& thing) {
  return is_general(subject.noun) && (thing.wider == subject.noun || wider_noun(thing.wider) == subject.noun) &&
         (area(subject.box) <= 0 || is_same_place(subject.box, thing.box));
}

bool is_told_by_subject(const Thing& subject, const Thing& thing) {
  if (thing.noun == subject.noun || thing.noun == subject.wider || thing.wider == subject.noun ||
      is_same_place(subject.box, thing.box)) {
    return true;
  }
  // A second animal beside one whose place is unknown is mostly the same animal under a wrong name.
  const bool are_both_animals =
      is_living(subject.noun) && is_living(thing.noun) && !subject.is_person && !thing.is_person;
  return are_both_animals && area(subject.box) <= 0;
}

void claim_things(const domain::Facts& facts, Claims& claims) {
  std::vector<Thing> things = detected_things(facts);
  if (!claims.subject && !things.empty()) {
    claims.subject = things.front();
  } else if (claims.subject) {
    const auto narrower = std::find_if(things.begin(), things.end(),
                                       [&](const Thing& thing) { return is_narrower(*claims.subject, thing); });
    if (narrower != things.end()) {
      claims.subject = *narrower;
      claims.is_backed_off = false;
    }
  }
  for (Thing& thing : things) {
    const bool is_known = is_told_by_subject(*claims.subject, thing) ||
                          std::any_of(claims.others.begin(), claims.others.end(),
                                      [&](const Thing& other) { return is_same_place(other.box, thing.box); });
    if (!is_known && claims.others.size() < kMostOthers) {
      claims.others.push_back(std::move(thing));
    }
  }
}

void claim_text(const domain::Facts& facts, Claims& claims) {
  const bool is_photo = claims.kind == "photo" || claims.kind == "pattern";
  double sum = 0;
  for (const domain::TextLine& line : facts.text) {
    const std::string text = cleaned(line.text);
    if (folded(text).size() < 2 || (is_photo && line.box[3] < kSmallPrint)) {
      continue;  // one letter is mostly no letter
    }
    if (line.confidence < (is_photo ? ClaimLimits::kTextInPhoto : ClaimLimits::kText)) {
      claims.is_text_unsure = true;
      continue;
    }
    claims.text.push_back(text);
    claims.text_area += area(line.box);
    sum += line.confidence;
  }
  claims.text_confidence = claims.text.empty() ? 0 : sum / static_cast<double>(claims.text.size());
  claims.text_area = std::min(1.0, claims.text_area);
}

void claim_colours(const domain::Facts& facts, Claims& claims) {
  for (const domain::ColourShare& colour : facts.colours) {
    const std::string name = cleaned(colour.name);
    const bool is_known = std::find(claims.colours.begin(), claims.colours.end(), name) != claims.colours.end();
    const bool is_enough = colour.share >= ClaimLimits::kColourShare || claims.colours.empty();
    if (!name.empty() && !is_known && is_enough && claims.colours.size() < kMostColours) {
      claims.colours.push_back(name);
    }
  }
}

void claim_labels(const domain::Facts& facts, Claims& claims) {
  for (const domain::SceneLabel& label : facts.labels) {
    const std::string noun = canonical_noun(label.label);
    if (label.confidence >= ClaimLimits::kLabel && !noun.empty() && noun != "person") {
      claims.labels.push_back(noun);
    }
  }
}

}  // namespace

Claims claims_of(const domain::Facts& facts) {
  Claims claims;
  claims.is_blank = facts.is_blank;
  claims.width = facts.width;
  claims.height = facts.height;
  claims.kind = std::find(kKinds.begin(), kKinds.end(), facts.kind) == kKinds.end() ? "photo" : facts.kind;
  claims.is_kind_sure = facts.kind_confidence >= ClaimLimits::kKind;
  claims.orientation =
      facts.orientation == "portrait" || facts.orientation == "square" ? facts.orientation : "landscape";
  claims.is_nsfw = facts.nsfw >= ClaimLimits::kNsfw;
  claim_colours(facts, claims);
  if (claims.is_blank) {
    return claims;
  }
  claim_subject(facts, claims);
  claim_things(facts, claims);
  claim_text(facts, claims);
  claim_labels(facts, claims);
  if (claims.kind == "photo" && !claims.subject && claims.text.empty()) {
    claims.is_kind_sure = false;
  }
  // An animal's face passes for a person's.
  const bool is_animal = claims.subject && !claims.subject->is_person && is_living(claims.subject->noun);
  const auto is_face = [is_animal](const domain::Face& face) {
    return !is_animal && face.confidence >= ClaimLimits::kFace;
  };
  claims.has_people =
      (claims.subject && claims.subject->is_person) || std::any_of(facts.faces.begin(), facts.faces.end(), is_face) ||
      std::any_of(claims.others.begin(), claims.others.end(), [](const Thing& thing) { return thing.is_person; });
  return claims;
}

}  // namespace pictor::words
