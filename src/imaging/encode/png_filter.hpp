#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pictor::imaging {

/// Rows that wait for their filters. The bytes are the caller's.
struct PngRows {
  std::span<const std::uint8_t> bytes;
  std::size_t row_bytes = 0;
  std::size_t step = 1;  ///< bytes from a sample to its left neighbour
  [[nodiscard]] std::size_t count() const { return row_bytes == 0 ? 0 : bytes.size() / row_bytes; }
};

/// How a row's filter is picked among PNG's five.
enum class FilterMeasure : std::uint8_t {
  kNone,  ///< no filter on any row: palettes, drawings
  kSub,
  kUp,
  kAverage,
  kPaeth,
  kMinimumSum,     ///< least sum of absolute differences (PNG 3rd edition, 12.7)
  kEntropy,        ///< least Shannon entropy of the row's bytes
  kBigrams,        ///< fewest different pairs of bytes
  kBigramEntropy,  ///< least entropy of pairs
  kModel,          ///< fewest bits under the byte frequencies of the rows before
  kBrute,          ///< shortest after a quick deflate together with the rows before
};

/// How much is tried.
struct FilterEffort {
  std::vector<FilterMeasure> measures;
  int trial_level = 5;  ///< libdeflate's, for comparing
};

/// Filter numbers (0..4), one a row, of a way that did well; and its size by the cheap trial.
struct FilterChoice {
  std::vector<std::uint8_t> filters;
  std::size_t trial_bytes = 0;
};

/// Tries the measures, strip by strip, each strip deflated at the trial level. Returns the best mixture of measures
/// first, then the best single one where it differs.
[[nodiscard]] std::vector<FilterChoice> choose_filters(const PngRows& rows, const FilterEffort& effort);

/// What PNG deflates: each row with its filter's number before it.
[[nodiscard]] std::vector<std::uint8_t> filtered_rows(const PngRows& rows, std::span<const std::uint8_t> filters);

}  // namespace pictor::imaging
