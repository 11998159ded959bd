// The pure halves of the models: from tensors to boxes and text.

#include <cmath>
#include <gtest/gtest.h>

#include "vision/models/boxes.hpp"
#include "vision/models/detector.hpp"
#include "vision/models/face_detector.hpp"
#include "vision/models/text_recognizer.hpp"

namespace pictor::vision {
namespace {

constexpr std::size_t kPlane = 128 * 128;

TEST(Boxes, AreCutToThePicture) {
  const domain::Box box = clipped_box(-0.5, 0.25, 0.5, 1.5);
  EXPECT_DOUBLE_EQ(box[0], 0);
  EXPECT_DOUBLE_EQ(box[1], 0.25);
  EXPECT_DOUBLE_EQ(box[2], 0.5);
  EXPECT_DOUBLE_EQ(box[3], 0.75);
  EXPECT_DOUBLE_EQ(area(clipped_box(1.2, 0, 1.5, 1)), 0);
}

TEST(Boxes, OverlapIsIntersectionOverUnion) {
  EXPECT_DOUBLE_EQ(overlap({0, 0, 1, 1}, {0.5, 0, 1, 1}), 1.0 / 3.0);
  EXPECT_DOUBLE_EQ(overlap({0, 0, 0.2, 0.2}, {0.5, 0.5, 0.2, 0.2}), 0);
  EXPECT_DOUBLE_EQ(share_inside({0.25, 0, 0.5, 1}, {0, 0, 0.5, 1}), 0.5);
}

struct Maps {
  std::vector<float> keypoints = std::vector<float>(80 * kPlane, 0.0F);
  std::vector<float> sides = std::vector<float>(4 * kPlane, 0.0F);

  void put(std::size_t label, std::size_t x, std::size_t y, float score, float reach) {
    keypoints[label * kPlane + y * 128 + x] = score;
    for (std::size_t side = 0; side < 4; ++side) {
      sides[side * kPlane + y * 128 + x] = reach;
    }
  }
};

TEST(DetectorDecoding, TurnsAPeakIntoABoxAroundItsCell) {
  Maps maps;
  maps.put(16, 64, 32, 0.8F, 51.2F);
  const std::vector<Detection> found = decode_detections(maps.keypoints, maps.sides);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].label, 16);
  EXPECT_NEAR(found[0].score, 0.8, 1e-6);
  EXPECT_NEAR(found[0].box[0], 0.4, 1e-6);
  EXPECT_NEAR(found[0].box[1], 0.15, 1e-6);
  EXPECT_NEAR(found[0].box[2], 0.2, 1e-6);
  EXPECT_NEAR(found[0].box[3], 0.2, 1e-6);
}

TEST(DetectorDecoding, KeepsOnlyTheBestOfNeighboursAndOfOverlaps) {
  Maps maps;
  maps.put(0, 60, 60, 0.9F, 80);
  maps.put(0, 61, 60, 0.7F, 80);  // a neighbour is no peak
  maps.put(0, 64, 60, 0.6F, 80);  // a peak whose box covers the same
  maps.put(2, 64, 64, 0.5F, 80);  // another class may overlap
  maps.put(0, 10, 10, 0.2F, 20);  // too unsure
  const std::vector<Detection> found = decode_detections(maps.keypoints, maps.sides);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].label, 0);
  EXPECT_EQ(found[1].label, 2);
}

TEST(FaceDecoding, AddsTheAnchorOfTheCell) {
  std::vector<float> scores(512, -10.0F), boxes(512 * 16, 0.0F);
  const std::size_t anchor = (3 * 16 + 5) * 2 + 1;  // row 3, column 5, second anchor
  scores[anchor] = 3.0F;
  boxes[anchor * 16 + 0] = 8;   // half a cell to the right
  boxes[anchor * 16 + 2] = 64;  // width in px
  boxes[anchor * 16 + 3] = 32;
  const std::vector<domain::Face> faces = decode_faces(scores, boxes, 16, 2);
  ASSERT_EQ(faces.size(), 1U);
  EXPECT_NEAR(faces[0].confidence, 1 / (1 + std::exp(-3.0)), 1e-6);
  EXPECT_NEAR(faces[0].box[0], 6.0 / 16 - 0.125, 1e-6);
  EXPECT_NEAR(faces[0].box[1], 3.5 / 16 - 0.0625, 1e-6);
  EXPECT_NEAR(faces[0].box[2], 0.25, 1e-6);
}

std::vector<float> steps_of(std::initializer_list<std::size_t> best, std::size_t classes) {
  std::vector<float> steps(best.size() * classes, 0.01F);
  std::size_t step = 0;
  for (const std::size_t index : best) {
    steps[step++ * classes + index] = 0.9F;
  }
  return steps;
}

TEST(CtcDecoding, DropsBlanksAndRepeatsButKeepsDoubledLetters) {
  const std::vector<std::string> characters{"e", "é", "l"};
  // blank 0, e 1, é 2, l 3, space 4
  const ReadLine line = decode_ctc(steps_of({0, 1, 1, 3, 0, 3, 4, 2, 0}, 5), characters);
  EXPECT_EQ(line.text, "ell é");
  EXPECT_NEAR(line.confidence, 0.9, 1e-6);
}

TEST(CtcDecoding, TrimsSpacesAtTheEnds) {
  const std::vector<std::string> characters{"a", "b"};
  EXPECT_EQ(decode_ctc(steps_of({3, 1, 3, 2, 3, 0}, 4), characters).text, "a b");
  EXPECT_EQ(decode_ctc(steps_of({3, 0, 3}, 4), characters).text, "");
}

TEST(CtcDecoding, GivesNothingForBlanks) {
  const std::vector<std::string> characters{"a"};
  const ReadLine line = decode_ctc(steps_of({0, 0, 0}, 3), characters);
  EXPECT_TRUE(line.text.empty());
  EXPECT_EQ(line.confidence, 0);
}

}  // namespace
}  // namespace pictor::vision
