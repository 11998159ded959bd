#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace pictor::imaging::resample {

/// Lanczos3 weights of one axis: which source positions make each result position. Weights of a result sum to 1;
/// those that fall outside of the box stand on its edge (the edge is extended). Immutable.
class Axis {
 public:
  /// @param size    source positions that there are, ≥ 1
  /// @param from    where the box begins, in source positions (may be a fraction), 0 ≤ from < size
  /// @param length  of the box, > 0
  /// @param results  ≥ 1
  /// @param align    `first()` becomes a multiple of it; positions that this adds have no weight
  Axis(int size, double from, double length, int results, int align = 1);

  [[nodiscard]] int results() const { return static_cast<int>(starts_.size()); }
  [[nodiscard]] int first() const { return first_; }            ///< first source position that is looked at
  [[nodiscard]] int last() const { return last_; }              ///< the last one
  [[nodiscard]] double scale() const { return scale_; }         ///< source positions a result
  [[nodiscard]] bool is_identity() const { return identity_; }  ///< every result is its own source position
  [[nodiscard]] int longest() const { return longest_; }        ///< most weights that a result has
  /// First source position of a result, counted from `first()`; never falls from one result to the next.
  [[nodiscard]] int start(int result) const { return starts_[static_cast<std::size_t>(result)]; }
  [[nodiscard]] std::span<const float> weights(int result) const {
    const std::size_t begin = offsets_[static_cast<std::size_t>(result)];
    return std::span(weights_).subspan(begin, offsets_[static_cast<std::size_t>(result) + 1] - begin);
  }

 private:
  int first_ = 0;
  int last_ = 0;
  int longest_ = 0;
  double scale_ = 1;
  bool identity_ = false;
  std::vector<int> starts_;
  std::vector<std::size_t> offsets_;
  std::vector<float> weights_;
};

/// The same in whole numbers: a weight of 16,384 is 1, and those of a result sum to it, so that flat colour stays.
struct FixedAxis {
  static constexpr int kBits = 14;

  /// @param align     every start becomes a multiple of it
  /// @param multiple  so does the number of weights
  FixedAxis(const Axis& axis, int align, int multiple);

  int taps = 0;                       ///< weights a result, zeros included
  std::vector<int> starts;            ///< counted from the axis' `first()`
  std::vector<std::int16_t> weights;  ///< results × taps

  [[nodiscard]] const std::int16_t* of(int result) const {
    return weights.data() + static_cast<std::size_t>(result) * static_cast<std::size_t>(taps);
  }
};

}  // namespace pictor::imaging::resample
