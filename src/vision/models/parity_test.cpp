// Every converted model against what the original answered (models/reference/make_outputs.py).

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include "base/json.hpp"
#include "vision/models/classifier.hpp"
#include "vision/models/detector.hpp"
#include "vision/models/face_detector.hpp"
#include "vision/models/nsfw_classifier.hpp"
#include "vision/models/test_picture.hpp"
#include "vision/models/text_detector.hpp"
#include "vision/models/text_recognizer.hpp"
#include "vision/resample.hpp"

namespace pictor::vision {
namespace {

std::shared_ptr<const Runtime> runtime() {
  static const Result<std::shared_ptr<const Runtime>> kRuntime = Runtime::open(PICTOR_ONNXRUNTIME_LIBRARY);
  return kRuntime.value();
}

Json reference(const std::string& name) {
  std::ifstream file(std::string(PICTOR_SOURCE_DIR) + "/src/vision/models/testdata/" + name + ".json");
  std::stringstream text;
  text << file.rdbuf();
  return parse_json(text.str()).value();
}

/// Within `tolerance` of each stored value, relative above 1; the mean and the order of the largest hold too.
void expect_like(const Tensor& tensor, const Json& stored, double tolerance) {
  const std::vector<float>& values = tensor.values;
  ASSERT_EQ(values.size(), stored.at("size").get<std::size_t>());
  double sum = 0;
  for (const float value : values) {
    sum += static_cast<double>(value);
  }
  const double mean = stored.at("mean").get<double>();
  EXPECT_NEAR(sum / static_cast<double>(values.size()), mean, tolerance * std::max(1.0, std::abs(mean)));
  for (const Json& entry : stored.at("at")) {
    const auto expected = entry.at(1).get<double>();
    EXPECT_NEAR(values[entry.at(0).get<std::size_t>()], expected, tolerance * std::max(1.0, std::abs(expected)));
  }
  const auto largest = static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
  EXPECT_NEAR(values[stored.at("top").at(0).get<std::size_t>()], values[largest], tolerance);
}

/// Planes of (v − offset) · scale, blue first, as the text models want the test picture.
std::vector<float> blue_first(int width, int height, std::array<float, 3> offset, std::array<float, 3> scale) {
  const Picture picture = test_picture(width, height);
  const std::size_t plane = picture.rgb.size() / 3;
  std::vector<float> values(picture.rgb.size());
  for (std::size_t i = 0; i < plane; ++i) {
    for (std::size_t band = 0; band < 3; ++band) {
      values[band * plane + i] = (static_cast<float>(picture.rgb[3 * i + 2 - band]) - offset[band]) * scale[band];
    }
  }
  return values;
}

std::vector<float> as_floats(const Picture& picture, float scale, float offset) {
  std::vector<float> values;
  for (const std::uint8_t value : picture.rgb) {
    values.push_back(static_cast<float>(value) * scale + offset);
  }
  return values;
}

TEST(Parity, ClassifierAnswersAsTheUnfoldedNetworkInNumpy) {
  const Result<Classifier> classifier = Classifier::load(runtime(), PICTOR_MODELS_DIR);
  ASSERT_TRUE(classifier) << classifier.error().private_message;
  const auto outputs = classifier->run(to_planar(as_floats(test_picture(260, 260), 1, 0)));
  ASSERT_TRUE(outputs) << outputs.error().private_message;
  const Json stored = reference("classifier").at("outputs");
  expect_like(outputs->at(0), stored.at("probs"), 1e-4);
  expect_like(outputs->at(1), stored.at("embedding"), 1e-4);
}

TEST(Parity, DetectorAnswersAsTensorFlowJs) {
  const Result<Detector> detector = Detector::load(runtime(), PICTOR_MODELS_DIR);
  ASSERT_TRUE(detector) << detector.error().private_message;
  const auto outputs = detector->run(as_floats(test_picture(512, 512), 1, 0));
  ASSERT_TRUE(outputs) << outputs.error().private_message;
  const Json stored = reference("detector").at("outputs");
  expect_like(outputs->at(0), stored.at("keypoints"), 1e-4);
  expect_like(outputs->at(1), stored.at("sides"), 1e-4);
}

TEST(Parity, FaceDetectorAnswersAsTensorFlowJs) {
  const Result<FaceDetector> detector = FaceDetector::load(runtime(), PICTOR_MODELS_DIR);
  ASSERT_TRUE(detector) << detector.error().private_message;
  const auto outputs = detector->run(as_floats(test_picture(256, 256), 1 / 127.5F, -1));
  ASSERT_TRUE(outputs) << outputs.error().private_message;
  const Json stored = reference("face_detector").at("outputs");
  expect_like(outputs->at(0), stored.at("fine_scores"), 1e-3);
  expect_like(outputs->at(1), stored.at("coarse_scores"), 1e-3);
  expect_like(outputs->at(2), stored.at("fine_boxes"), 1e-3);
  expect_like(outputs->at(3), stored.at("coarse_boxes"), 1e-3);
}

TEST(Parity, NsfwClassifierAnswersAsTensorFlowJs) {
  const Result<NsfwClassifier> classifier = NsfwClassifier::load(runtime(), PICTOR_MODELS_DIR);
  ASSERT_TRUE(classifier) << classifier.error().private_message;
  const auto outputs = classifier->run(as_floats(test_picture(224, 224), 1 / 255.0F, 0));
  ASSERT_TRUE(outputs) << outputs.error().private_message;
  expect_like(outputs->at(0), reference("nsfw").at("outputs").at("probs"), 1e-4);
}

TEST(Parity, TextDetectorAnswersAsTheOriginal) {
  const Result<TextDetector> detector = TextDetector::load(runtime(), PICTOR_MODELS_DIR);
  ASSERT_TRUE(detector) << detector.error().private_message;
  const std::array<float, 3> offset{0.485F * 255, 0.456F * 255, 0.406F * 255};
  const std::array<float, 3> scale{1 / (0.229F * 255), 1 / (0.224F * 255), 1 / (0.225F * 255)};
  const auto outputs = detector->run(blue_first(192, 128, offset, scale), 128, 192);
  ASSERT_TRUE(outputs) << outputs.error().private_message;
  expect_like(outputs->at(0), reference("text_detector").at("outputs").at("text"), 1e-3);
}

TEST(Parity, TextDirectionAnswersAsTheOriginal) {
  const Result<TextDirection> direction = TextDirection::load(runtime(), PICTOR_MODELS_DIR);
  ASSERT_TRUE(direction) << direction.error().private_message;
  const auto outputs =
      direction->run(blue_first(192, 48, {127.5F, 127.5F, 127.5F}, {1 / 127.5F, 1 / 127.5F, 1 / 127.5F}));
  ASSERT_TRUE(outputs) << outputs.error().private_message;
  expect_like(outputs->at(0), reference("text_direction").at("outputs").at("probs"), 1e-3);
}

TEST(Parity, TextRecognizerAnswersAsTheOriginal) {
  const Result<TextRecognizer> recognizer = TextRecognizer::load(runtime(), PICTOR_MODELS_DIR);
  ASSERT_TRUE(recognizer) << recognizer.error().private_message;
  const auto outputs =
      recognizer->run(blue_first(320, 48, {127.5F, 127.5F, 127.5F}, {1 / 127.5F, 1 / 127.5F, 1 / 127.5F}), 320);
  ASSERT_TRUE(outputs) << outputs.error().private_message;
  expect_like(outputs->at(0), reference("text_recognizer").at("outputs").at("characters"), 1e-3);
}

}  // namespace
}  // namespace pictor::vision
