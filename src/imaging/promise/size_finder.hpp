#pragma once

#include <cstdint>
#include <vector>

namespace pictor::imaging {

/// Finds the highest quality whose file has at most a number of bytes. The logarithm of the bytes grows nearly straight
/// with the quality, so it is interpolated there. Not thread-safe.
class SizeFinder {
 public:
  /// @param step  qualities nearer to each other than this give the same file
  SizeFinder(std::int64_t most_bytes, double first_guess, double step);

  [[nodiscard]] double next() const { return next_; }
  void tried(double quality, std::int64_t bytes);
  /// True when a file fills at least 97 % of the bytes, or no better quality is left to try.
  [[nodiscard]] bool settled() const { return settled_; }

 private:
  struct Tried {
    double quality;
    double log_bytes;
  };
  double wanted_;  ///< logarithm of the bytes
  double step_;
  double next_;
  bool settled_ = false;
  std::vector<Tried> tries_;
};

}  // namespace pictor::imaging
