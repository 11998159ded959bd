#include "imaging/encode/png_filter.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <memory>

#include "imaging/encode/png_deflate.hpp"

namespace pictor::imaging {
namespace {

constexpr std::size_t kFilters = 5;
/// Bytes of a strip: four of deflate's windows, so that a strip's own size says what it will cost in the whole.
constexpr std::size_t kStripBytes = 128U << 10U;

using Row = const std::uint8_t*;

/// The five filtered forms of one row; `above` is a row of zeros before the first (PNG 3rd edition, 9.2).
void filter_none(Row row, Row, std::size_t size, std::size_t, std::uint8_t* out) { std::copy(row, row + size, out); }

void filter_sub(Row row, Row, std::size_t size, std::size_t step, std::uint8_t* out) {
  std::copy(row, row + std::min(step, size), out);
  for (std::size_t i = step; i < size; ++i) {
    out[i] = static_cast<std::uint8_t>(row[i] - row[i - step]);
  }
}

void filter_up(Row row, Row above, std::size_t size, std::size_t, std::uint8_t* out) {
  for (std::size_t i = 0; i < size; ++i) {
    out[i] = static_cast<std::uint8_t>(row[i] - above[i]);
  }
}

void filter_average(Row row, Row above, std::size_t size, std::size_t step, std::uint8_t* out) {
  for (std::size_t i = 0; i < std::min(step, size); ++i) {
    out[i] = static_cast<std::uint8_t>(row[i] - (above[i] >> 1U));
  }
  for (std::size_t i = step; i < size; ++i) {
    out[i] = static_cast<std::uint8_t>(row[i] - ((row[i - step] + above[i]) >> 1));
  }
}

void filter_paeth(Row row, Row above, std::size_t size, std::size_t step, std::uint8_t* out) {
  for (std::size_t i = 0; i < std::min(step, size); ++i) {
    out[i] = static_cast<std::uint8_t>(row[i] - above[i]);
  }
  for (std::size_t i = step; i < size; ++i) {
    // In 16 bits and without branches, so that it is done eight at a time.
    const auto a = static_cast<std::int16_t>(row[i - step]);
    const auto b = static_cast<std::int16_t>(above[i]);
    const auto c = static_cast<std::int16_t>(above[i - step]);
    const auto to_a = static_cast<std::int16_t>(std::abs(b - c));
    const auto to_b = static_cast<std::int16_t>(std::abs(a - c));
    const auto to_c = static_cast<std::int16_t>(std::abs(a + b - c - c));
    const std::int16_t b_or_c = to_b <= to_c ? b : c;
    const std::int16_t best = to_a <= std::min(to_b, to_c) ? a : b_or_c;
    out[i] = static_cast<std::uint8_t>(row[i] - best);
  }
}

void filter_row(std::size_t filter, Row row, Row above, std::size_t size, std::size_t step, std::uint8_t* out) {
  constexpr std::array kApply = {filter_none, filter_sub, filter_up, filter_average, filter_paeth};
  kApply.at(filter)(row, above, size, step, out);
}

std::uint64_t absolute_sum(Row row, std::size_t size) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < size; ++i) {
    sum += row[i] < 128 ? row[i] : 256U - row[i];
  }
  return sum;
}

using Histogram = std::array<std::uint32_t, 256>;

Histogram histogram_of(Row row, std::size_t size) {
  // Four tables: the same byte twice in a row must not wait for its own count.
  std::array<Histogram, 4> parts{};
  std::size_t i = 0;
  for (; i + 4 <= size; i += 4) {
    ++parts[0][row[i]];
    ++parts[1][row[i + 1]];
    ++parts[2][row[i + 2]];
    ++parts[3][row[i + 3]];
  }
  for (; i < size; ++i) {
    ++parts[0][row[i]];
  }
  for (std::size_t value = 0; value < 256; ++value) {
    parts[0][value] += parts[1][value] + parts[2][value] + parts[3][value];
  }
  return parts[0];
}

/// n × log2(n), by table where it is asked most.
double n_log_n(std::uint32_t n) {
  constexpr std::uint32_t kKept = 4096;
  static const std::vector<double> table = [] {
    std::vector<double> values(kKept, 0);
    for (std::uint32_t i = 2; i < kKept; ++i) {
      values[i] = i * std::log2(i);
    }
    return values;
  }();
  return n < kKept ? table[n] : n * std::log2(n);
}

/// Less is better; the part that is the same for each filter of a row is left out.
double entropy_of(const Histogram& histogram) {
  double sum = 0;
  for (const std::uint32_t count : histogram) {
    sum -= n_log_n(count);
  }
  return sum;
}

/// Pairs of bytes: which there are, and how many of each.
class Bigrams {
 public:
  [[nodiscard]] double distinct(Row row, std::size_t size) {
    seen_.fill(0);
    for (std::size_t i = 1; i < size; ++i) {
      const unsigned pair = static_cast<unsigned>(row[i - 1]) << 8U | row[i];
      seen_[pair >> 6U] |= std::uint64_t{1} << (pair & 63U);
    }
    int count = 0;
    for (const std::uint64_t word : seen_) {
      count += __builtin_popcountll(word);
    }
    return count;
  }

  [[nodiscard]] double entropy(Row row, std::size_t size) {
    for (std::size_t i = 1; i < size; ++i) {
      ++counts_[static_cast<unsigned>(row[i - 1]) << 8U | row[i]];
    }
    double sum = 0;
    for (std::size_t i = 1; i < size; ++i) {
      std::uint32_t& count = counts_[static_cast<unsigned>(row[i - 1]) << 8U | row[i]];
      sum -= n_log_n(count);
      count = 0;
    }
    return sum;
  }

 private:
  std::array<std::uint64_t, 1024> seen_{};
  std::vector<std::uint32_t> counts_ = std::vector<std::uint32_t>(65'536, 0);
};

/// Byte frequencies of the rows chosen so far; old rows fade.
class Model {
 public:
  Model() { price(); }

  [[nodiscard]] double bits(const Histogram& histogram) const {
    float sum = 0;
    for (std::size_t value = 0; value < 256; ++value) {
      sum += static_cast<float>(histogram[value]) * bits_[value];
    }
    return static_cast<double>(sum);
  }

  void learn(const Histogram& histogram) {
    for (std::size_t value = 0; value < 256; ++value) {
      weights_[value] = weights_[value] * 0.875F + static_cast<float>(histogram[value]);
    }
    price();
  }

 private:
  void price() {
    float total = 0;
    for (const float weight : weights_) {
      total += weight;
    }
    for (std::size_t value = 0; value < 256; ++value) {
      bits_[value] = std::log2(total / weights_[value]);
    }
    for (float& weight : weights_) {
      weight = std::max(weight, 0.02F);
    }
  }

  std::array<float, 256> weights_ = [] {
    // Before the first row: small differences are likely.
    std::array<float, 256> weights{};
    for (std::size_t value = 0; value < 256; ++value) {
      const auto distance = static_cast<float>(std::min(value, 256 - value));
      weights[value] = 8.0F / (1.0F + distance);
    }
    return weights;
  }();
  std::array<float, 256> bits_{};
};

/// Picks filters row by row for all measures at once, so that each row is filtered and counted once.
class Chooser {
 public:
  Chooser(const PngRows& rows, const std::vector<FilterMeasure>& measures)
      : rows_(rows), measures_(measures), zeros_(rows.row_bytes, 0), filtered_(kFilters * rows.row_bytes) {
    for (const FilterMeasure measure : measures) {
      wants_histogram_ |= measure == FilterMeasure::kEntropy || measure == FilterMeasure::kModel;
      for (std::size_t filter = 0; filter < kFilters; ++filter) {
        wanted_.at(filter) |= measure > FilterMeasure::kPaeth || static_cast<std::size_t>(measure) == filter;
      }
    }
    brute_rows_ = std::clamp<std::size_t>(4096 / (rows.row_bytes + 1), 1, 8);
  }

  /// Appends row `index` to each measure's strip and records its filter.
  void add_row(std::size_t index, std::vector<std::vector<std::uint8_t>>& strips,
               std::vector<std::vector<std::uint8_t>>& filters) {
    const Row row = rows_.bytes.data() + index * rows_.row_bytes;
    const Row above = index == 0 ? zeros_.data() : row - rows_.row_bytes;
    for (std::size_t filter = 0; filter < kFilters; ++filter) {
      if (!wanted_[filter]) {
        continue;
      }
      filter_row(filter, row, above, rows_.row_bytes, rows_.step, filtered(filter));
      if (wants_histogram_) {
        histograms_[filter] = histogram_of(filtered(filter), rows_.row_bytes);
      }
    }
    for (std::size_t way = 0; way < measures_.size(); ++way) {
      const std::size_t best = pick(measures_[way], strips[way]);
      if (measures_[way] == FilterMeasure::kModel) {
        model_.learn(histograms_[best]);
      }
      filters[way].push_back(static_cast<std::uint8_t>(best));
      strips[way].push_back(static_cast<std::uint8_t>(best));
      strips[way].insert(strips[way].end(), filtered(best), filtered(best) + rows_.row_bytes);
    }
  }

 private:
  std::uint8_t* filtered(std::size_t filter) { return filtered_.data() + filter * rows_.row_bytes; }

  std::size_t pick(FilterMeasure measure, const std::vector<std::uint8_t>& strip) {
    if (measure <= FilterMeasure::kPaeth) {
      return static_cast<std::size_t>(measure);
    }
    std::size_t best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t filter = 0; filter < kFilters; ++filter) {
      const double cost = cost_of(measure, filter, strip);
      if (cost < least) {
        least = cost;
        best = filter;
      }
    }
    return best;
  }

  double cost_of(FilterMeasure measure, std::size_t filter, const std::vector<std::uint8_t>& strip) {
    const Row row = filtered(filter);
    switch (measure) {
      case FilterMeasure::kMinimumSum:
        return static_cast<double>(absolute_sum(row, rows_.row_bytes));
      case FilterMeasure::kEntropy:
        return entropy_of(histograms_[filter]);
      case FilterMeasure::kBigrams:
        return bigrams_.distinct(row, rows_.row_bytes);
      case FilterMeasure::kBigramEntropy:
        return bigrams_.entropy(row, rows_.row_bytes);
      case FilterMeasure::kModel:
        return model_.bits(histograms_[filter]);
      default:
        return brute_cost(filter, strip);
    }
  }

  double brute_cost(std::size_t filter, const std::vector<std::uint8_t>& strip) {
    const std::size_t before = std::min(strip.size(), brute_rows_ * (rows_.row_bytes + 1));
    brute_input_.assign(strip.end() - static_cast<std::ptrdiff_t>(before), strip.end());
    brute_input_.push_back(static_cast<std::uint8_t>(filter));
    brute_input_.insert(brute_input_.end(), filtered(filter), filtered(filter) + rows_.row_bytes);
    return static_cast<double>(brute_.size_of(brute_input_));
  }

  const PngRows& rows_;
  const std::vector<FilterMeasure>& measures_;
  std::vector<std::uint8_t> zeros_;
  std::vector<std::uint8_t> filtered_;
  std::array<Histogram, kFilters> histograms_{};
  std::array<bool, kFilters> wanted_{};
  bool wants_histogram_ = false;
  Bigrams bigrams_;
  Model model_;
  std::size_t brute_rows_ = 1;
  TrialDeflater brute_{1};
  std::vector<std::uint8_t> brute_input_;
};

}  // namespace

std::vector<FilterChoice> choose_filters(const PngRows& rows, const FilterEffort& effort) {
  const std::size_t ways = effort.measures.size();
  const std::size_t count = rows.count();
  const bool alone = ways == 1;
  Chooser chooser(rows, effort.measures);
  TrialDeflater trial(effort.trial_level);
  std::vector<std::vector<std::uint8_t>> strips(ways);
  std::vector<std::vector<std::uint8_t>> filters(ways);
  std::vector<std::size_t> sums(ways, 0);
  FilterChoice mixed;
  for (std::size_t row = 0, strip_start = 0; row < count; ++row) {
    chooser.add_row(row, strips, filters);
    const bool last = row + 1 == count;
    // No strip shorter than half a strip at the end.
    const bool full = strips[0].size() >= kStripBytes && (count - row - 1) * (rows.row_bytes + 1) >= kStripBytes / 2;
    if (!last && !full) {
      continue;
    }
    std::size_t best = 0;
    std::size_t least = std::numeric_limits<std::size_t>::max();
    for (std::size_t way = 0; way < ways; ++way) {
      const std::size_t size = alone ? 0 : trial.size_of(strips[way]);
      sums[way] += size;
      if (size < least) {
        least = size;
        best = way;
      }
      strips[way].clear();
    }
    mixed.trial_bytes += least;
    mixed.filters.insert(mixed.filters.end(), filters[best].begin() + static_cast<std::ptrdiff_t>(strip_start),
                         filters[best].end());
    strip_start = row + 1;
  }
  const std::size_t single = static_cast<std::size_t>(std::min_element(sums.begin(), sums.end()) - sums.begin());
  std::vector<FilterChoice> choices;
  choices.push_back(std::move(mixed));
  if (filters[single] != choices[0].filters) {
    choices.push_back({std::move(filters[single]), sums[single]});
  }
  return choices;
}

std::vector<std::uint8_t> filtered_rows(const PngRows& rows, std::span<const std::uint8_t> filters) {
  std::vector<std::uint8_t> out(rows.count() * (rows.row_bytes + 1));
  const std::vector<std::uint8_t> zeros(rows.row_bytes, 0);
  std::uint8_t* at = out.data();
  for (std::size_t index = 0; index < rows.count(); ++index) {
    const Row row = rows.bytes.data() + index * rows.row_bytes;
    const Row above = index == 0 ? zeros.data() : row - rows.row_bytes;
    *at++ = filters[index];
    filter_row(filters[index], row, above, rows.row_bytes, rows.step, at);
    at += rows.row_bytes;
  }
  return out;
}

}  // namespace pictor::imaging
