#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "vision/pixels.hpp"
#include "vision/runtime.hpp"

namespace pictor::vision {

/// One line as read: UTF-8 and the mean certainty of its characters, 0..1.
struct ReadLine {
  std::string text;
  double confidence = 0;
};

/// PP-OCRv4 mobile text recognition: SVTR-LCNet, Chinese and Latin (Du et al. 2022, arXiv:2205.00159). Thread-safe.
///
/// in   float32 NCHW [1, 3, 48, W], BGR −1..1, one upright line of text
/// out  float32 [1, W/8, 6625], softmax over blank, 6,623 characters, space
class TextRecognizer {
 public:
  static constexpr int kHeight = 48;

  /// @error kInternal  text_recognizer.onnx or text_characters.txt is missing from the folder, or wrong
  [[nodiscard]] static Result<TextRecognizer> load(std::shared_ptr<const Runtime> runtime, const std::string& folder);

  /// @param bgr  the input tensor of `width`
  [[nodiscard]] Result<std::vector<Tensor>> run(std::span<const float> bgr, int width) const;

  /// @param line  one upright line of text, 48 px high
  [[nodiscard]] Result<ReadLine> recognize(const Picture& line) const;

 private:
  TextRecognizer(Session session, std::vector<std::string> characters)
      : session_(std::move(session)), characters_(std::move(characters)) {}
  Session session_;
  std::vector<std::string> characters_;
};

/// PP-OCR mobile v2 text direction: whether a line stands upside down. Thread-safe.
///
/// in   float32 NCHW [1, 3, 48, 192], BGR −1..1, one line of text, padded on the right with 0
/// out  float32 [1, 2], softmax: upright, upside down
class TextDirection {
 public:
  static constexpr int kWidth = 192;

  /// @error kInternal  text_direction.onnx is missing from the folder, or not a model
  [[nodiscard]] static Result<TextDirection> load(std::shared_ptr<const Runtime> runtime, const std::string& folder);

  /// @param bgr  the input tensor
  [[nodiscard]] Result<std::vector<Tensor>> run(std::span<const float> bgr) const;

  /// Probability that a line of 48 px height is upside down.
  [[nodiscard]] Result<double> upside_down(const Picture& line) const;

 private:
  explicit TextDirection(Session session) : session_(std::move(session)) {}
  Session session_;
};

/// Greedy CTC decoding (Graves et al. 2006): the best character of each step, repeats and blanks dropped, spaces at the
/// ends trimmed. Pure.
/// @param steps       [steps, characters.size() + 2] probabilities; index 0 is blank, the last one space
/// @param characters  UTF-8, one each
[[nodiscard]] ReadLine decode_ctc(std::span<const float> steps, std::span<const std::string> characters);

}  // namespace pictor::vision
