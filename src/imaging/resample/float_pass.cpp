#include <algorithm>
#include <cmath>
#include <cstring>

#include "imaging/resample/kernels.hpp"
#include "imaging/resample/passes.hpp"
#include "imaging/resample/transfer.hpp"

namespace pictor::imaging::resample {
namespace {

/// Most result rows that are begun and not finished at any source row.
int open_at_once(const Axis& down) {
  int most = 1;
  int oldest = 0;
  for (int result = 0; result < down.results(); ++result) {
    while (down.start(oldest) + static_cast<int>(down.weights(oldest).size()) <= down.start(result)) {
      ++oldest;
    }
    most = std::max(most, result - oldest + 1);
  }
  return most;
}

}  // namespace

FloatPass::FloatPass(const Axis& across, const Axis& down, Pixels& result)
    : result_(result),
      across_(across),
      down_(down),
      source_width_(across.last() - across.first() + 1),
      in_stride_(stride_of(source_width_)),
      out_stride_(stride_of(result.width)),
      slots_(open_at_once(down)) {
  const auto bands = static_cast<std::size_t>(result.bands);
  row_.resize(bands * in_stride_);
  sums_.resize(static_cast<std::size_t>(slots_) * bands * in_stride_);
  planes_.resize(bands * out_stride_);
}

void FloatPass::to_linear(std::span<const std::uint8_t> row) {
  const Transfer& transfer = Transfer::get();
  const auto bands = static_cast<std::size_t>(result_.bands);
  const std::size_t colours = result_.has_alpha() ? bands - 1 : bands;
  const auto sample16 = [&](std::size_t at) {
    std::uint16_t sample = 0;
    std::memcpy(&sample, row.data() + 2 * at, sizeof sample);
    return sample;
  };
  for (std::size_t x = 0; x < static_cast<std::size_t>(source_width_); ++x) {
    const std::size_t at = x * bands;
    float alpha = 1;
    if (colours < bands) {
      alpha = result_.bits == 8 ? static_cast<float>(row[at + colours]) / 255.0F
                                : static_cast<float>(sample16(at + colours)) / 65535.0F;
      row_[colours * in_stride_ + x] = alpha;
    }
    for (std::size_t band = 0; band < colours; ++band) {
      const float light = result_.bits == 8 ? transfer.linear8(row[at + band]) : transfer.linear16(sample16(at + band));
      row_[band * in_stride_ + x] = light * alpha;
    }
  }
}

void FloatPass::take(std::span<const std::uint8_t> row) {
  const int index = taken_++;
  to_linear(row);
  const std::size_t length = row_.size();
  for (int result = done_; result < result_.height && down_.start(result) <= index; ++result) {
    const std::span<const float> weights = down_.weights(result);
    float* sums = sums_.data() + static_cast<std::size_t>(result % slots_) * length;
    const auto at = static_cast<std::size_t>(index - down_.start(result));
    if (at == 0) {
      std::fill(sums, sums + length, 0.0F);
    }
    float_add(row_.data(), weights[at], sums, length);
    if (at + 1 == weights.size()) {
      finish_row(result, sums);
      done_ = result + 1;
    }
  }
}

void FloatPass::finish_row(int result_row, const float* sums) {
  for (std::size_t band = 0; band < static_cast<std::size_t>(result_.bands); ++band) {
    for (int x = 0; x < result_.width; ++x) {
      const std::span<const float> weights = across_.weights(x);
      planes_[band * out_stride_ + static_cast<std::size_t>(x)] =
          float_dot(sums + band * in_stride_ + across_.start(x), weights.data(), weights.size());
    }
  }
  if (result_.bits == 8) {
    write_row<std::uint8_t>(result_row);
  } else {
    write_row<std::uint16_t>(result_row);
  }
}

template <class Sample>
void FloatPass::write_row(int result_row) {
  constexpr float kWhite = sizeof(Sample) == 1 ? 255.0F : 65535.0F;
  const Transfer& transfer = Transfer::get();
  const auto bands = static_cast<std::size_t>(result_.bands);
  const std::size_t colours = result_.has_alpha() ? bands - 1 : bands;
  std::uint8_t* out = result_.bytes.data() + static_cast<std::size_t>(result_row) * result_.row_bytes();
  const auto put = [&](float value) {
    const auto sample = static_cast<Sample>(value * kWhite + 0.5F);
    std::memcpy(out, &sample, sizeof sample);
    out += sizeof sample;
  };
  for (std::size_t x = 0; x < static_cast<std::size_t>(result_.width); ++x) {
    // Divided by alpha as it is, over 1 where it rings, so that one colour under any alpha stays that colour.
    const float alpha = colours < bands ? planes_[colours * out_stride_ + x] : 1.0F;
    const bool hidden = alpha * kWhite < 0.5F;
    for (std::size_t band = 0; band < colours; ++band) {
      put(hidden ? 0.0F : transfer.encode(planes_[band * out_stride_ + x] / alpha));
    }
    if (colours < bands) {
      put(hidden ? 0.0F : std::min(alpha, 1.0F));
    }
  }
}

}  // namespace pictor::imaging::resample
