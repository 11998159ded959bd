#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "imaging/pixels.hpp"
#include "imaging/resample/axis.hpp"
#include "imaging/resample/kernels.hpp"

namespace pictor::imaging::resample {

/// 8 bits, 1 or 3 bands, in 16-bit whole numbers: pairs of rows in a ring, down first, then across. The quick one.
class FixedPass {
 public:
  /// The axes and the result must outlive it; the result's bytes are there already.
  FixedPass(const Axis& across, const Axis& down, Pixels& result);
  /// The next source row, from `down.first()` on: samples `across.first()` to `across.last()`.
  void take(std::span<const std::uint8_t> row);
  /// The next two source rows, from an even one on (axes aligned to 2), beginning at column 0. Not to be mixed with
  /// `take` of rows.
  void take(const Ycc420Pair& rows);

 private:
  [[nodiscard]] std::int16_t* pair(int index);
  void added(int newest);
  [[nodiscard]] int last_pair(int result_row) const;
  void drain(int newest);
  void finish_row(int result_row, const std::int16_t* sums);

  Pixels& result_;
  FixedAxis across_;
  FixedAxis down_;
  int source_left_;
  int source_width_;
  int source_rows_;
  std::size_t in_stride_;
  std::size_t out_stride_;
  int slots_;
  std::vector<std::int16_t> ring_;
  std::vector<std::uint8_t> even_;
  std::vector<std::uint8_t> odd_;
  std::vector<std::int16_t> blended_;
  std::vector<std::int16_t> sums_;
  std::vector<std::int16_t> planes_;
  std::vector<const std::int16_t*> pairs_;
  std::vector<std::int32_t> weights_;
  int taken_ = 0;
  int done_ = 0;
};

/// Everything else, in floats: each source row is added to the result rows that it has a part in.
class FloatPass {
 public:
  FloatPass(const Axis& across, const Axis& down, Pixels& result);
  void take(std::span<const std::uint8_t> row);

 private:
  void to_linear(std::span<const std::uint8_t> row);
  void finish_row(int result_row, const float* sums);
  template <class Sample>
  void write_row(int result_row);

  Pixels& result_;
  const Axis& across_;
  const Axis& down_;
  int source_width_;
  std::size_t in_stride_;
  std::size_t out_stride_;
  int slots_;
  std::vector<float> row_;
  std::vector<float> sums_;
  std::vector<float> planes_;
  int taken_ = 0;
  int done_ = 0;
};

}  // namespace pictor::imaging::resample
