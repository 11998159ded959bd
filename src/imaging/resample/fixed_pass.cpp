#include <algorithm>
#include <array>
#include <cstring>

#include "imaging/resample/passes.hpp"
#include "imaging/resample/transfer.hpp"

namespace pictor::imaging::resample {
namespace {

// Result rows that share their pairs in the nearest cache, and pairs gathered before a look for finished rows.
constexpr int kBatch = 8;

}  // namespace

FixedPass::FixedPass(const Axis& across, const Axis& down, Pixels& result)
    : result_(result),
      across_(across, 1, 16),
      down_(down, 2, 2),
      source_left_(across.first()),
      source_width_(across.last() - across.first() + 1),
      source_rows_(down.last() - down.first() + 1),
      in_stride_(stride_of(source_width_)),
      out_stride_(stride_of(result.width)),
      slots_(down_.taps / 2 + kBatch + 1) {
  const auto bands = static_cast<std::size_t>(result.bands);
  ring_.resize(static_cast<std::size_t>(slots_) * 2 * bands * in_stride_);
  even_.resize(bands * in_stride_);
  odd_.resize(bands * in_stride_);
  // Kernels read up to `taps` values behind a start: zero weights, but memory that must be there.
  sums_.resize(kBatch * bands * in_stride_ + static_cast<std::size_t>(across_.taps));
  planes_.resize(bands * out_stride_);
  pairs_.resize(static_cast<std::size_t>(kBatch) * static_cast<std::size_t>(down_.taps / 2));
  weights_.resize(pairs_.size());
}

std::int16_t* FixedPass::pair(int index) {
  return ring_.data() +
         static_cast<std::size_t>(index % slots_) * 2 * static_cast<std::size_t>(result_.bands) * in_stride_;
}

int FixedPass::last_pair(int result_row) const {
  const int end = down_.starts[static_cast<std::size_t>(result_row)] + down_.taps;
  return (std::min(end, source_rows_) - 1) / 2;
}

void FixedPass::take(std::span<const std::uint8_t> row) {
  const int index = taken_++;
  std::memcpy((index % 2 == 0 ? even_ : odd_).data(), row.data(), row.size());
  if (index % 2 == 0 && taken_ < source_rows_) {
    return;
  }
  // A last row that has no partner: its own copy stands in, with weights of zero.
  fixed_linear_pair(even_.data(), index % 2 == 0 ? even_.data() : odd_.data(), result_.bands, source_width_, in_stride_,
                    pair(index / 2));
  added(index / 2);
}

void FixedPass::take(const Ycc420Pair& rows) {
  const int index = taken_ / 2;
  taken_ += 2;
  blended_.resize(4 * in_stride_);
  Ycc420Pair part{rows.even + source_left_, rows.odd + source_left_};
  for (int row = 0; row < 3; ++row) {
    part.blue[row] = rows.blue[row] + source_left_ / 2;
    part.red[row] = rows.red[row] + source_left_ / 2;
  }
  fixed_ycc420_pair(part, source_width_, in_stride_, blended_.data(), pair(index));
  added(index);
}

void FixedPass::added(int newest) {
  if (taken_ >= source_rows_ || newest % kBatch == kBatch - 1) {
    drain(newest);
  }
}

void FixedPass::drain(int newest) {
  const auto length = static_cast<std::size_t>(result_.bands) * in_stride_;
  const auto most = static_cast<std::size_t>(down_.taps / 2);
  while (done_ < result_.height && last_pair(done_) <= newest) {
    std::array<FixedRow, kBatch> batch{};
    int rows = 0;
    for (; rows < kBatch && done_ + rows < result_.height && last_pair(done_ + rows) <= newest; ++rows) {
      const auto at = static_cast<std::size_t>(rows);
      const int first = down_.starts[static_cast<std::size_t>(done_ + rows)] / 2;
      const std::int16_t* weights = down_.of(done_ + rows);
      FixedRow& row = batch[at];
      row = {pairs_.data() + at * most, weights_.data() + at * most, 0, sums_.data() + at * length};
      for (int index = first; index <= last_pair(done_ + rows); ++index) {
        std::int32_t both = 0;
        std::memcpy(&both, weights + 2 * static_cast<std::ptrdiff_t>(index - first), sizeof both);
        if (both != 0) {
          const std::size_t slot = at * most + static_cast<std::size_t>(row.count++);
          pairs_[slot] = pair(index);
          weights_[slot] = both;
        }
      }
    }
    fixed_vertical(batch.data(), rows, length);
    for (int row = 0; row < rows; ++row) {
      finish_row(done_ + row, batch[static_cast<std::size_t>(row)].out);
    }
    done_ += rows;
  }
}

void FixedPass::finish_row(int result_row, const std::int16_t* sums) {
  const auto bands = static_cast<std::size_t>(result_.bands);
  for (std::size_t band = 0; band < bands; ++band) {
    fixed_horizontal(sums + band * in_stride_, across_.starts.data(), across_.weights.data(), across_.taps,
                     result_.width, planes_.data() + band * out_stride_);
  }
  const std::uint8_t* samples = fixed_to_sample();
  std::uint8_t* out = result_.bytes.data() + static_cast<std::size_t>(result_row) * result_.row_bytes();
  const std::int16_t* planes = planes_.data();
  const auto sample = [&](std::size_t at) { return samples[static_cast<std::uint16_t>(planes[at])]; };
  const auto width = static_cast<std::size_t>(result_.width);
  if (bands == 1) {
    for (std::size_t x = 0; x < width; ++x) {
      out[x] = sample(x);
    }
    return;
  }
  for (std::size_t x = 0; x < width; ++x, out += 3) {
    out[0] = sample(x);
    out[1] = sample(out_stride_ + x);
    out[2] = sample(2 * out_stride_ + x);
  }
}

}  // namespace pictor::imaging::resample
