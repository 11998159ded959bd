#include "vision/fusion/fusion.hpp"

#include <algorithm>
#include <optional>

#include "vision/fusion/accepted.hpp"
#include "vision/models/boxes.hpp"

namespace pictor::vision {
namespace {

constexpr int kPerson = 0;
constexpr double kOutweighed = 2.5;       // a thing that weighs this much more than a person is the subject
constexpr double kStrongDetection = 0.5;  // weight past which a thing beats the scene around it
constexpr double kLeafShareOfGroup = 0.7;
constexpr double kLeafInGroup = 0.45;
constexpr double kCounted = 0.5;  // score from which another of the same is counted
constexpr double kLowestLabel = 0.1;
constexpr double kCloserWord = 0.25;  // support from which a detected animal is named
constexpr std::size_t kMostLabels = 10;

/// The rule of vision.md as one object: what was seen, and the questions the rule asks of it.
class Fusion {
 public:
  Fusion(const Evidence& evidence, const Labels& labels)
      : evidence_(evidence),
        labels_(labels),
        probabilities_(mean_of_views(evidence)),
        accepted_(accepted_detections(evidence, probabilities_, labels)),
        group_(smallest_sure_group()) {}

  [[nodiscard]] Sight sight() const {
    Sight sight;
    sight.subject = subject();
    if (sight.subject.label.empty()) {
      sight.subject = back_off();
    }
    for (const Accepted& accepted : accepted_) {
      const auto label = static_cast<std::size_t>(accepted.detection.label);
      sight.objects.push_back({labels_.coco[label], accepted.detection.score, accepted.detection.box});
    }
    sight.labels = probable_labels();
    return sight;
  }

 private:
  /// Group, if any, that the classes add up to; the smallest says most.
  [[nodiscard]] const Group* smallest_sure_group() const {
    const auto found = std::find_if(labels_.groups.begin(), labels_.groups.end(), [&](const Group& group) {
      return sum_over(probabilities_, group.classes) >= group.least && !is_only_untrusted(group);
    });
    return found == labels_.groups.end() ? nullptr : &*found;
  }

  /// Whether a group owes its probability to classes that are not to be trusted.
  [[nodiscard]] bool is_only_untrusted(const Group& group) const {
    double untrusted = 0;
    for (const std::size_t index : group.classes) {
      untrusted += labels_.untrusted[index] ? static_cast<double>(probabilities_[index]) : 0;
    }
    return untrusted > 0.5 * sum_over(probabilities_, group.classes);
  }

  [[nodiscard]] domain::Subject subject() const {
    const Accepted* person = heaviest_person();
    const Accepted* thing = heaviest_thing();
    const double group_probability = group_ == nullptr ? 0 : sum_over(probabilities_, group_->classes);
    const bool has_thing_group = group_ != nullptr && !group_->is_scene;
    if (person != nullptr &&
        (area(person->detection.box) >= labels_.threshold("person_subject_area") || !has_thing_group) &&
        (thing == nullptr || thing->weight <= kOutweighed * person->weight)) {
      return from_detection(*person, domain::SubjectSource::kPerson);
    }
    if (thing != nullptr && is_closer_word(*thing)) {
      return from_detection(*thing, domain::SubjectSource::kDetection);
    }
    if (group_ != nullptr && group_probability >= labels_.threshold("strong_group") &&
        !(group_->is_scene && thing != nullptr && thing->weight >= kStrongDetection)) {
      return from_group(group_probability);
    }
    if (thing != nullptr) {
      return from_detection(*thing, domain::SubjectSource::kDetection);
    }
    return group_ != nullptr ? from_group(group_probability) : domain::Subject{};
  }

  /// Whether a supported detection says more than "animal", which is all that the group says.
  [[nodiscard]] bool is_closer_word(const Accepted& thing) const {
    return group_ != nullptr && group_->name == "animal" && thing.support >= kCloserWord &&
           labels_.coco_is_animal[static_cast<std::size_t>(thing.detection.label)];
  }

  /// What can still be said when no group and no detection is sure.
  [[nodiscard]] domain::Subject back_off() const {
    if (const std::optional<std::size_t> leaf = trusted_leaf()) {
      domain::Subject subject;
      subject.label = labels_.names[*leaf];
      subject.confidence = static_cast<double>(probabilities_[*leaf]);
      subject.is_scene = labels_.is_scene[*leaf];
      subject.source = domain::SubjectSource::kLeaf;
      return subject;
    }
    if (sum_over(probabilities_, labels_.group("flower")->classes) >= labels_.threshold("flower")) {
      return plain("flower", "plant", sum_over(probabilities_, labels_.group("flower")->classes));
    }
    if (sum_over(probabilities_, labels_.group("plant pot")->classes) >= labels_.threshold("pot")) {
      return plain("plant", "", sum_over(probabilities_, labels_.group("plant pot")->classes));
    }
    if (evidence_.green_share >= labels_.threshold("green_share") && !evidence_.is_graphic && !evidence_.is_cut_out) {
      domain::Subject subject = plain("plant", "", 0.5);
      subject.source = domain::SubjectSource::kColour;
      return subject;
    }
    return {};
  }

  [[nodiscard]] static domain::Subject plain(const std::string& label, const std::string& wider, double confidence) {
    domain::Subject subject;
    subject.label = label;
    subject.wider = wider;
    subject.confidence = confidence;
    subject.source = domain::SubjectSource::kGroup;
    return subject;
  }

  /// The most probable class, if it is one that is usually right, and no animal (their names need a group).
  [[nodiscard]] std::optional<std::size_t> trusted_leaf() const {
    const auto best = static_cast<std::size_t>(std::max_element(probabilities_.begin(), probabilities_.end()) -
                                               probabilities_.begin());
    const auto is_best_of = [best](const std::vector<float>& view) {
      return static_cast<std::size_t>(std::max_element(view.begin(), view.end()) - view.begin()) == best;
    };
    const auto probability = static_cast<double>(probabilities_[best]);
    const bool both_agree = is_best_of(evidence_.central) && is_best_of(evidence_.whole);
    const bool is_doubtful = evidence_.is_cut_out || evidence_.is_graphic;
    const bool is_sure = is_doubtful ? probability >= labels_.threshold("leaf_cut_out")
                                     : probability >= labels_.threshold("leaf") ||
                                           (probability >= labels_.threshold("leaf_both_views") && both_agree);
    if (!is_sure || labels_.untrusted[best] || (labels_.is_animal[best] && !labels_.may_be_said[best])) {
      return std::nullopt;
    }
    return best;
  }

  [[nodiscard]] domain::Subject from_group(double probability) const {
    domain::Subject subject;
    subject.label = group_->said_as;
    subject.wider = group_->wider;
    subject.confidence = std::min(1.0, probability);
    subject.is_scene = group_->is_scene;
    subject.source = domain::SubjectSource::kGroup;
    const std::size_t leaf =
        *std::max_element(group_->classes.begin(), group_->classes.end(),
                          [&](std::size_t a, std::size_t b) { return probabilities_[a] < probabilities_[b]; });
    const auto leaf_probability = static_cast<double>(probabilities_[leaf]);
    if (may_be_named(leaf) && leaf_probability >= kLeafInGroup && leaf_probability >= kLeafShareOfGroup * probability &&
        labels_.names[leaf] != subject.label) {
      subject.wider = group_->said_as;
      subject.label = labels_.names[leaf];
      subject.confidence = leaf_probability;
      subject.source = domain::SubjectSource::kLeaf;
    }
    place(subject, [&](const Detection& detection) { return is_same_thing(detection); });
    return subject;
  }

  /// Never a breed or a species that pictures of the web would be mistaken for.
  [[nodiscard]] bool may_be_named(std::size_t leaf) const {
    if (group_->name == "landscape" || group_->name == "mountain") {
      return !labels_.untrusted[leaf];
    }
    return labels_.may_be_said[leaf];
  }

  /// Whether a detection is of the group's kind: at least half of the classes that support it are in the group.
  [[nodiscard]] bool is_same_thing(const Detection& detection) const {
    const auto& equivalents = labels_.coco_equivalents[static_cast<std::size_t>(detection.label)];
    const auto common = std::count_if(equivalents.begin(), equivalents.end(), [&](std::size_t index) {
      return std::find(group_->classes.begin(), group_->classes.end(), index) != group_->classes.end();
    });
    return common > 0 && 2 * static_cast<std::size_t>(common) >= equivalents.size();
  }

  [[nodiscard]] domain::Subject from_detection(const Accepted& accepted, domain::SubjectSource source) const {
    const auto label = static_cast<std::size_t>(accepted.detection.label);
    domain::Subject subject;
    subject.label = labels_.coco_said_as[label];
    subject.wider = labels_.coco_wider[label];
    subject.confidence = std::min(1.0, accepted.detection.score + accepted.support * (1 - accepted.detection.score));
    subject.is_person = accepted.detection.label == kPerson;
    subject.source = source;
    place(subject, [&](const Detection& detection) { return detection.label == accepted.detection.label; });
    return subject;
  }

  /// Box of the heaviest detection that matches, and how many there are for sure.
  template <class Matches>
  void place(domain::Subject& subject, Matches matches) const {
    int count = 0;
    for (const Accepted& accepted : accepted_) {
      if (!matches(accepted.detection)) {
        continue;
      }
      if (area(subject.box) <= 0) {
        subject.box = accepted.detection.box;
      }
      count += accepted.detection.score >= kCounted && !is_part_of_heavier(accepted) ? 1 : 0;
    }
    subject.count = std::max(1, count);
  }

  /// Boxes inside a larger box of the same class are mostly the same thing seen twice.
  [[nodiscard]] bool is_part_of_heavier(const Accepted& part) const {
    return std::any_of(accepted_.begin(), accepted_.end(), [&](const Accepted& other) {
      return &other != &part && other.weight > part.weight && other.detection.label == part.detection.label &&
             share_inside(part.detection.box, other.detection.box) > 0.7;
    });
  }

  [[nodiscard]] const Accepted* heaviest_person() const {
    return first_of([](const Accepted& accepted) { return accepted.detection.label == kPerson; });
  }
  [[nodiscard]] const Accepted* heaviest_thing() const {
    return first_of([](const Accepted& accepted) { return accepted.detection.label != kPerson; });
  }
  template <class Matches>
  [[nodiscard]] const Accepted* first_of(Matches matches) const {
    const auto found = std::find_if(accepted_.begin(), accepted_.end(), matches);
    return found == accepted_.end() ? nullptr : &*found;
  }

  [[nodiscard]] std::vector<domain::SceneLabel> probable_labels() const {
    std::vector<domain::SceneLabel> found;
    const auto add = [&found](const std::string& label, double probability) {
      const bool is_known = std::any_of(found.begin(), found.end(),
                                        [&](const domain::SceneLabel& known) { return known.label == label; });
      if (probability >= kLowestLabel && !is_known) {
        found.push_back({label, std::min(1.0, probability)});
      }
    };
    for (const Group& group : labels_.groups) {
      if (!is_only_untrusted(group)) {
        add(group.said_as, sum_over(probabilities_, group.classes));
      }
    }
    for (std::size_t index = 0; index < probabilities_.size(); ++index) {
      if (!labels_.untrusted[index] && (!labels_.is_animal[index] || labels_.may_be_said[index])) {
        add(labels_.names[index], static_cast<double>(probabilities_[index]));
      }
    }
    std::stable_sort(found.begin(), found.end(), [](const domain::SceneLabel& a, const domain::SceneLabel& b) {
      return a.confidence > b.confidence;
    });
    found.resize(std::min(found.size(), kMostLabels));
    return found;
  }

  const Evidence& evidence_;
  const Labels& labels_;
  std::vector<float> probabilities_;
  std::vector<Accepted> accepted_;
  const Group* group_;
};

}  // namespace

Sight fuse(const Evidence& evidence, const Labels& labels) { return Fusion(evidence, labels).sight(); }

}  // namespace pictor::vision
