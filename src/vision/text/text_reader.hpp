#pragma once

#include <memory>
#include <string>
#include <vector>

#include "domain/facts.hpp"
#include "vision/models/text_detector.hpp"
#include "vision/models/text_recognizer.hpp"
#include "vision/text/text_regions.hpp"

namespace pictor::vision {

/// What was read, and how much of the picture text covers, read or not.
struct TextFound {
  std::vector<domain::TextLine> lines;  ///< in reading order, confidence ≥ 0.6 (0.85 for two or three characters)
  int regions = 0;                      ///< lines that were found, of which only the largest are read
  double coverage = 0;                  ///< 0..1 of the picture's area
};

/// How hard to look for text.
struct ReadingEffort {
  int longest_side = 640;    ///< px that the detector sees
  int widest_total = 3'200;  ///< px of lines (48 high) that are read: bounds the time
};

/// Finds lines of text and reads them: detector → rotated rectangles → upright strips → recogniser. Thread-safe.
class TextReader {
 public:
  /// @error kInternal  a model is missing from the folder
  [[nodiscard]] static Result<TextReader> load(std::shared_ptr<const Runtime> runtime, const std::string& folder);

  [[nodiscard]] Result<TextFound> read(const Pixels& pixels, const ReadingEffort& effort) const;

 private:
  TextReader(TextDetector detector, TextDirection direction, TextRecognizer recognizer)
      : detector_(std::move(detector)), direction_(std::move(direction)), recognizer_(std::move(recognizer)) {}
  [[nodiscard]] Result<ReadLine> read_line(const Pixels& pixels, const TextRegion& region) const;

  TextDetector detector_;
  TextDirection direction_;
  TextRecognizer recognizer_;
};

/// The region as an upright strip of 48 px height, bilinear; a region that is much higher than wide is turned by 90°.
/// Pure.
[[nodiscard]] Picture straightened(const Pixels& pixels, const TextRegion& region);

}  // namespace pictor::vision
