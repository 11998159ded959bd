#include "vision/fusion/fusion.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <set>

namespace pictor::vision {
namespace {

const Labels& labels() {
  static const Result<Labels> kLabels = Labels::load(std::string(PICTOR_SOURCE_DIR) + "/models/labels.json");
  return kLabels.value();
}

int coco(const std::string& name) {
  return static_cast<int>(std::find(labels().coco.begin(), labels().coco.end(), name) - labels().coco.begin());
}

/// Both views alike: the named classes as given, the rest spread evenly.
Evidence seen(const std::map<std::size_t, float>& classes, std::vector<Detection> detections = {}) {
  float rest = 1;
  for (const auto& [index, probability] : classes) {
    rest -= probability;
  }
  std::vector<float> view(1'000, rest / static_cast<float>(1'000 - classes.size()));
  for (const auto& [index, probability] : classes) {
    view[index] = probability;
  }
  Evidence evidence;
  evidence.central = view;
  evidence.whole = view;
  evidence.detections = std::move(detections);
  return evidence;
}

// ImageNet classes that the tests name.
constexpr std::size_t kBeagle = 162, kBasset = 161, kTabby = 281, kRedFox = 277, kMountain = 970, kCastle = 483,
                      kNematode = 111;
constexpr std::size_t kEspresso = 967, kFlamingo = 130, kUmbrella = 879, kDaisy = 985, kPalace = 698, kVolcano = 980;

TEST(Labels, HoldAThousandClassesAndEightyThings) {
  EXPECT_EQ(labels().names.size(), 1'000U);
  EXPECT_EQ(labels().coco.size(), 80U);
  EXPECT_EQ(labels().coco[0], "person");
  for (std::size_t i = 1; i < labels().groups.size(); ++i) {
    EXPECT_LE(labels().groups[i - 1].classes.size(), labels().groups[i].classes.size());
  }
}

TEST(Labels, AreRefusedWhenTheFileIsMissing) { EXPECT_FALSE(Labels::load("/nonexistent/labels.json")); }

TEST(Fusion, AddsBreedsUpToTheirKindAndNeverNamesABreed) {
  const Sight sight = fuse(seen({{kBeagle, 0.45F}, {kBasset, 0.35F}}), labels());
  EXPECT_EQ(sight.subject.label, "dog");
  EXPECT_EQ(sight.subject.wider, "animal");
  EXPECT_NEAR(sight.subject.confidence, 0.8, 0.03);
  EXPECT_EQ(sight.subject.source, domain::SubjectSource::kGroup);
  for (const domain::SceneLabel& label : sight.labels) {
    EXPECT_NE(label.label, "beagle");
  }
}

TEST(Fusion, NamesTheSpeciesOnlyWhenItIsOnTheListAndLeads) {
  EXPECT_EQ(fuse(seen({{kFlamingo, 0.8F}}), labels()).subject.label, "flamingo");
  EXPECT_EQ(fuse(seen({{kFlamingo, 0.8F}}), labels()).subject.wider, "bird");
  // 0.40 is not enough for the name, though the group is sure.
  EXPECT_EQ(fuse(seen({{kFlamingo, 0.40F}, {134, 0.3F}}), labels()).subject.label, "bird");
}

TEST(Fusion, IsSilentWhenNothingIsSure) {
  const Sight sight = fuse(seen({{kBeagle, 0.2F}, {kCastle, 0.2F}}), labels());
  EXPECT_TRUE(sight.subject.label.empty());
  EXPECT_EQ(sight.subject.source, domain::SubjectSource::kNone);
}

TEST(Fusion, NeverSaysAClassThatIsMostlyWrong) {
  EXPECT_TRUE(fuse(seen({{kNematode, 0.9F}}), labels()).subject.label.empty());
  EXPECT_TRUE(fuse(seen({{kVolcano, 0.9F}}), labels()).subject.label.empty());
  EXPECT_TRUE(fuse(seen({{kNematode, 0.9F}}), labels()).labels.empty());
}

TEST(Fusion, MakesALargePersonTheSubject) {
  const Sight sight = fuse(seen({{kUmbrella, 0.3F}}, {{coco("person"), 0.7, {0.3, 0.1, 0.4, 0.8}}}), labels());
  EXPECT_EQ(sight.subject.label, "person");
  EXPECT_TRUE(sight.subject.is_person);
  EXPECT_EQ(sight.subject.source, domain::SubjectSource::kPerson);
  EXPECT_DOUBLE_EQ(sight.subject.box[0], 0.3);
}

TEST(Fusion, LeavesASmallPersonBesideAThing) {
  const Sight sight = fuse(seen({{kBeagle, 0.9F}}, {{coco("person"), 0.7, {0, 0, 0.2, 0.2}}}), labels());
  EXPECT_EQ(sight.subject.label, "dog");
  ASSERT_EQ(sight.objects.size(), 1U);
  EXPECT_EQ(sight.objects[0].label, "person");
}

TEST(Fusion, PutsASmallPersonBeforeAScene) {
  EXPECT_EQ(fuse(seen({{kMountain, 0.9F}}, {{coco("person"), 0.7, {0.4, 0.4, 0.2, 0.2}}}), labels()).subject.label,
            "person");
  const Sight alone = fuse(seen({{kMountain, 0.9F}}), labels());
  EXPECT_EQ(alone.subject.label, "mountain");
  EXPECT_TRUE(alone.subject.is_scene);
}

TEST(Fusion, AsksForAFaceInDrawingsAndCutOuts) {
  Evidence evidence = seen({}, {{coco("person"), 0.9, {0.2, 0.1, 0.6, 0.8}}});
  evidence.is_cut_out = true;
  EXPECT_TRUE(fuse(evidence, labels()).subject.label.empty());
  evidence.faces = {{{0.4, 0.15, 0.2, 0.2}, 0.95}};
  EXPECT_EQ(fuse(evidence, labels()).subject.label, "person");
}

TEST(Fusion, CountsWhatIsSureAndApart) {
  const Sight sight = fuse(seen({{kTabby, 0.8F}}, {{coco("cat"), 0.8, {0, 0.2, 0.4, 0.6}},
                                                   {coco("cat"), 0.7, {0.5, 0.2, 0.4, 0.6}},
                                                   {coco("cat"), 0.55, {0.55, 0.25, 0.2, 0.2}},
                                                   {coco("cat"), 0.35, {0.9, 0.9, 0.1, 0.1}}}),
                           labels());
  EXPECT_EQ(sight.subject.label, "cat");
  EXPECT_EQ(sight.subject.count, 2);  // the third lies inside the second, the fourth is unsure
  EXPECT_DOUBLE_EQ(sight.subject.box[2], 0.4);
}

TEST(Fusion, NamesADetectedAnimalWhereTheClassesOnlySayAnimal) {
  // A quarter elephant, the rest spread over animals of many kinds.
  const Detection elephant{coco("elephant"), 0.5, {0.2, 0.2, 0.5, 0.5}};
  const Evidence evidence = seen({{385, 0.3F}, {kBeagle, 0.3F}, {kTabby, 0.2F}}, {elephant});
  EXPECT_EQ(fuse(evidence, labels()).subject.label, "elephant");
  EXPECT_EQ(fuse(evidence, labels()).subject.wider, "animal");
  EXPECT_EQ(fuse(seen({{385, 0.3F}, {kBeagle, 0.3F}, {kTabby, 0.2F}}), labels()).subject.label, "animal");
}

TEST(Fusion, RefusesAnAnimalThatTheClassifierContradicts) {
  const Sight sight = fuse(seen({{kPalace, 0.48F}}, {{coco("bird"), 0.8, {0.2, 0.2, 0.5, 0.5}}}), labels());
  EXPECT_TRUE(sight.objects.empty());
  EXPECT_NE(sight.subject.label, "bird");
}

TEST(Fusion, TakesAWeakDetectionThatTheClassifierSupports) {
  const Detection umbrella{coco("umbrella"), 0.33, {0.2, 0.2, 0.5, 0.5}};
  EXPECT_EQ(fuse(seen({{kUmbrella, 0.35F}}, {umbrella}), labels()).subject.label, "umbrella");
  EXPECT_TRUE(fuse(seen({{kUmbrella, 0.05F}}, {umbrella}), labels()).subject.label.empty());
}

TEST(Fusion, TakesAWeakDetectionThatItsOwnCropSupports) {
  Evidence evidence = seen({}, {{coco("umbrella"), 0.33, {0.2, 0.2, 0.3, 0.3}}});
  ASSERT_EQ(worth_a_closer_look(evidence, labels()), (std::vector<std::size_t>{0}));
  evidence.closer.push_back({0, seen({{kUmbrella, 0.7F}}).central});
  EXPECT_EQ(fuse(evidence, labels()).subject.label, "umbrella");
}

TEST(Fusion, LooksNoCloserAtWhatIsSettled) {
  EXPECT_TRUE(
      worth_a_closer_look(seen({{kTabby, 0.9F}}, {{coco("cat"), 0.8, {0.2, 0.2, 0.5, 0.5}}}), labels()).empty());
}

TEST(Fusion, TrustsADetectionAloneOnlyWhenItIsStrongAndNoCutOut) {
  Evidence evidence = seen({}, {{coco("giraffe"), 0.7, {0.2, 0.2, 0.5, 0.5}}});
  EXPECT_EQ(fuse(evidence, labels()).subject.label, "giraffe");
  evidence.is_cut_out = true;
  EXPECT_TRUE(fuse(evidence, labels()).subject.label.empty());
}

TEST(Fusion, BacksOffToWiderWords) {
  EXPECT_EQ(fuse(seen({{kDaisy, 0.3F}}), labels()).subject.label, "flower");
  Evidence green = seen({});
  green.green_share = 0.8;
  EXPECT_EQ(fuse(green, labels()).subject.label, "plant");
  EXPECT_EQ(fuse(green, labels()).subject.source, domain::SubjectSource::kColour);
  green.is_graphic = true;
  EXPECT_TRUE(fuse(green, labels()).subject.label.empty());
}

TEST(Fusion, TrustsALeafWhenBothViewsAgree) {
  EXPECT_EQ(fuse(seen({{kUmbrella, 0.42F}}), labels()).subject.label, "umbrella");
  Evidence evidence = seen({{kUmbrella, 0.3F}});
  evidence.central[kUmbrella] = 0.6F;  // the mean is 0.45, but the whole picture shows something else more
  evidence.whole[kCastle] = 0.31F;
  EXPECT_TRUE(fuse(evidence, labels()).subject.label.empty());
}

TEST(Fusion, GivesLabelsByProbabilityWithoutRepeats) {
  const Sight sight = fuse(seen({{kRedFox, 0.6F}, {kEspresso, 0.2F}}), labels());
  ASSERT_FALSE(sight.labels.empty());
  std::set<std::string> words;
  double before = 1;
  for (const domain::SceneLabel& label : sight.labels) {
    EXPECT_TRUE(words.insert(label.label).second) << label.label;
    EXPECT_LE(label.confidence, before);
    EXPECT_GE(label.confidence, 0.1);
    before = label.confidence;
  }
  EXPECT_TRUE(words.contains("fox"));
}

}  // namespace
}  // namespace pictor::vision
