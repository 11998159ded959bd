#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>

namespace pictor::imaging::ssimulacra2 {

/// Floats for vector loads: aligned to 64 bytes, zero at first.
class Floats {
 public:
  Floats() = default;
  explicit Floats(std::size_t count) : floats_(new(kAlignment) float[count]) {
    std::fill_n(floats_.get(), count, 0.0F);
  }

  [[nodiscard]] float* data() const { return floats_.get(); }
  [[nodiscard]] bool empty() const { return floats_ == nullptr; }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(float* floats) const { operator delete[](floats, kAlignment); }
  };
  std::unique_ptr<float[], Free> floats_;
};

constexpr std::size_t round_up(std::size_t value, std::size_t unit) { return (value + unit - 1) / unit * unit; }

/// Three planes of linear light, rows padded so that halving may read past their end.
class LinearPlanes {
 public:
  LinearPlanes() = default;
  LinearPlanes(std::size_t width, std::size_t height)
      : stride_(stride_of(width)), height_(height), floats_(3 * stride_ * height) {}

  [[nodiscard]] float* row(std::size_t plane, std::size_t y) const {
    return floats_.data() + (plane * height_ + y) * stride_;
  }
  static constexpr std::size_t stride_of(std::size_t width) { return round_up(width, 16); }

 private:
  std::size_t stride_ = 0;
  std::size_t height_ = 0;
  Floats floats_;
};

}  // namespace pictor::imaging::ssimulacra2
