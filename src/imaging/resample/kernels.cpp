#include "imaging/resample/kernels.hpp"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "imaging/resample/kernels.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come first.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace pictor::imaging::resample::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// At most 256 bits, so that sums within a vector have two shapes only.
using Shorts = hn::CappedTag<std::int16_t, 16>;
using Words = hn::RepartitionToWide<Shorts>;
using Bytes = hn::Rebind<std::uint8_t, Shorts>;
using Floats = hn::CappedTag<float, 8>;

// sRGB to light: fifth degree, fitted on [0.04045, 1] for the least error in 8-bit codes (0.012; 0.08 with the rounding
// of sixteen bits), for a sample in 1/128 codes and light of 27,000 for white; a straight line below.
constexpr std::int16_t kCurve[6] = {25, 888, 14132, 18230, -8435, 2405};
constexpr std::int16_t kLine = 2098;
constexpr std::int16_t kKnee = 1320;

template <class V>
HWY_INLINE V Linear(Shorts d, V sample) {
  V light = hn::Set(d, kCurve[5]);
  for (int degree = 4; degree >= 0; --degree) {
    light = hn::Add(hn::MulFixedPoint15(light, sample), hn::Set(d, kCurve[degree]));
  }
  const V line = hn::MulFixedPoint15(sample, hn::Set(d, kLine));
  return hn::IfThenElse(hn::Lt(sample, hn::Set(d, kKnee)), line, light);
}

template <class V>
HWY_INLINE void StorePair(Shorts d, V even, V odd, std::int16_t* pair) {
  hn::StoreU(hn::InterleaveLower(d, even, odd), d, pair);
  hn::StoreU(hn::InterleaveUpper(d, even, odd), d, pair + hn::Lanes(d));
}

template <class V>
HWY_INLINE auto LinearOfBytes(Shorts d, V bytes) {
  return Linear(d, hn::ShiftLeft<7>(hn::PromoteTo(d, bytes)));
}

void FixedLinearPair(const std::uint8_t* even, const std::uint8_t* odd, int bands, int width, std::size_t stride,
                     std::int16_t* pair) {
  const Shorts d;
  const Bytes d8;
  const std::size_t lanes = hn::Lanes(d);
  const auto end = static_cast<std::size_t>(width);
  if (bands == 1) {
    for (std::size_t x = 0; x < end; x += lanes) {
      StorePair(d, LinearOfBytes(d, hn::LoadU(d8, even + x)), LinearOfBytes(d, hn::LoadU(d8, odd + x)), pair + 2 * x);
    }
    return;
  }
  for (std::size_t x = 0; x < end; x += lanes) {
    hn::Vec<Bytes> e0, e1, e2, o0, o1, o2;
    hn::LoadInterleaved3(d8, even + 3 * x, e0, e1, e2);
    hn::LoadInterleaved3(d8, odd + 3 * x, o0, o1, o2);
    StorePair(d, LinearOfBytes(d, e0), LinearOfBytes(d, o0), pair + 2 * x);
    StorePair(d, LinearOfBytes(d, e1), LinearOfBytes(d, o1), pair + 2 * (stride + x));
    StorePair(d, LinearOfBytes(d, e2), LinearOfBytes(d, o2), pair + 2 * (2 * stride + x));
  }
}

/// One chroma plane of one row: three quarters of the near row, one of the far one; in quarters, 0 is grey.
HWY_INLINE void BlendDown(const std::uint8_t* near, const std::uint8_t* far, std::size_t width, std::int16_t* out) {
  const Shorts d;
  const Bytes d8;
  for (std::size_t x = 0; x < width; x += hn::Lanes(d)) {
    const auto a = hn::PromoteTo(d, hn::LoadU(d8, near + x));
    const auto b = hn::PromoteTo(d, hn::LoadU(d8, far + x));
    const auto sum = hn::Add(hn::Add(a, hn::Add(a, a)), b);
    hn::StoreU(hn::Sub(sum, hn::Set(d, 512)), d, out + x);
  }
}

/// Light of whole luma and an offset to it in 1/128 codes; the sum is rounded and clamped to a sample, as decoders do.
template <class V>
HWY_INLINE V LinearSum(Shorts d, V luma, V offset) {
  const V sum = hn::Add(luma, hn::ShiftRight<7>(hn::Add(offset, hn::Set(d, 64))));
  const V sample = hn::Min(hn::Max(sum, hn::Zero(d)), hn::Set(d, 255));
  return Linear(d, hn::ShiftLeft<7>(sample));
}

/// Light of one row at chroma position x: pixels 2x and on, in their order.
struct RowLight {
  hn::Vec<Shorts> low[3];
  hn::Vec<Shorts> high[3];
};

HWY_INLINE RowLight LightOf(const std::uint8_t* luma, const std::int16_t* blue, const std::int16_t* red) {
  const Shorts d;
  const hn::RebindToUnsigned<Shorts> du;
  using V = hn::Vec<Shorts>;
  // Three quarters of the near column, one of the next to the left (even pixels) or right, rounded to whole codes (up
  // and down by turns, as libjpeg does), then in 1/256.
  const auto across = [&](const std::int16_t* chroma, int side) HWY_ATTR {
    const V near = hn::LoadU(d, chroma);
    const V sum = hn::Add(hn::Add(near, hn::Add(near, near)), hn::LoadU(d, chroma + side));
    const V half = hn::Set(d, static_cast<std::int16_t>(side < 0 ? 8 : 7));
    return hn::ShiftLeft<8>(hn::ShiftRight<4>(hn::Add(sum, half)));
  };
  const auto both = hn::BitCast(du, hn::LoadU(hn::Repartition<std::uint8_t, Shorts>(), luma));
  const V samples[2] = {hn::BitCast(d, hn::And(both, hn::Set(du, 255))), hn::BitCast(d, hn::ShiftRight<8>(both))};
  V light[2][3];
  for (int side = 0; side < 2; ++side) {
    const V cb = across(blue, side == 0 ? -1 : 1);
    const V cr = across(red, side == 0 ? -1 : 1);
    // JFIF's factors × 16,384: they halve 1/256 to 1/128 codes.
    const V green = hn::Add(hn::MulFixedPoint15(cb, hn::Set(d, -5638)), hn::MulFixedPoint15(cr, hn::Set(d, -11700)));
    light[side][0] = LinearSum(d, samples[side], hn::MulFixedPoint15(cr, hn::Set(d, 22970)));
    light[side][1] = LinearSum(d, samples[side], green);
    light[side][2] = LinearSum(d, samples[side], hn::MulFixedPoint15(cb, hn::Set(d, 29032)));
  }
  RowLight row;
  for (int band = 0; band < 3; ++band) {
    row.low[band] = hn::InterleaveWholeLower(d, light[0][band], light[1][band]);
    row.high[band] = hn::InterleaveWholeUpper(d, light[0][band], light[1][band]);
  }
  return row;
}

void FixedYcc420Pair(const Ycc420Pair& rows, int width, std::size_t stride, std::int16_t* scratch, std::int16_t* pair) {
  const Shorts d;
  const std::size_t lanes = hn::Lanes(d);
  const auto chroma = (static_cast<std::size_t>(width) + 1) / 2;
  // One column before and after is blended, too: the column before the first stands at scratch[0].
  std::int16_t* blended[4];
  for (std::size_t at = 0; at < 4; ++at) {
    blended[at] = scratch + at * stride;
    const std::uint8_t* const* plane = at < 2 ? rows.blue : rows.red;
    BlendDown(plane[1] - 1, plane[at % 2 == 0 ? 0 : 2] - 1, chroma + 2, blended[at]);
    ++blended[at];
  }
  for (std::size_t x = 0; x < chroma; x += lanes) {
    const RowLight even = LightOf(rows.even + 2 * x, blended[0] + x, blended[2] + x);
    const RowLight odd = LightOf(rows.odd + 2 * x, blended[1] + x, blended[3] + x);
    for (std::size_t band = 0; band < 3; ++band) {
      std::int16_t* out = pair + 2 * (band * stride + 2 * x);
      StorePair(d, even.low[band], odd.low[band], out);
      StorePair(d, even.high[band], odd.high[band], out + 2 * lanes);
    }
  }
}

/// Four vectors of results at x.
HWY_INLINE void VerticalPiece(const FixedRow& row, std::size_t x) {
  const Shorts d;
  const Words dw;
  const std::size_t lanes = hn::Lanes(d);
  const auto half = hn::Set(dw, 1 << 13);
  auto a0 = half, a1 = half, a2 = half, a3 = half, a4 = half, a5 = half, a6 = half, a7 = half;
  for (int at = 0; at < row.count; ++at) {
    const std::int16_t* pair = row.pairs[at] + 2 * x;
    const auto weight = hn::BitCast(d, hn::Set(dw, row.weights[at]));
    a0 = hn::Add(a0, hn::WidenMulPairwiseAdd(dw, hn::LoadU(d, pair), weight));
    a1 = hn::Add(a1, hn::WidenMulPairwiseAdd(dw, hn::LoadU(d, pair + lanes), weight));
    a2 = hn::Add(a2, hn::WidenMulPairwiseAdd(dw, hn::LoadU(d, pair + 2 * lanes), weight));
    a3 = hn::Add(a3, hn::WidenMulPairwiseAdd(dw, hn::LoadU(d, pair + 3 * lanes), weight));
    a4 = hn::Add(a4, hn::WidenMulPairwiseAdd(dw, hn::LoadU(d, pair + 4 * lanes), weight));
    a5 = hn::Add(a5, hn::WidenMulPairwiseAdd(dw, hn::LoadU(d, pair + 5 * lanes), weight));
    a6 = hn::Add(a6, hn::WidenMulPairwiseAdd(dw, hn::LoadU(d, pair + 6 * lanes), weight));
    a7 = hn::Add(a7, hn::WidenMulPairwiseAdd(dw, hn::LoadU(d, pair + 7 * lanes), weight));
  }
  std::int16_t* out = row.out + x;
  // The pairs were interleaved within blocks of 128 bits; this undoes it within the same blocks.
  hn::StoreU(hn::ReorderDemote2To(d, hn::ShiftRight<14>(a0), hn::ShiftRight<14>(a1)), d, out);
  hn::StoreU(hn::ReorderDemote2To(d, hn::ShiftRight<14>(a2), hn::ShiftRight<14>(a3)), d, out + lanes);
  hn::StoreU(hn::ReorderDemote2To(d, hn::ShiftRight<14>(a4), hn::ShiftRight<14>(a5)), d, out + 2 * lanes);
  hn::StoreU(hn::ReorderDemote2To(d, hn::ShiftRight<14>(a6), hn::ShiftRight<14>(a7)), d, out + 3 * lanes);
}

void FixedVertical(const FixedRow* results, int rows, std::size_t length) {
  const std::size_t step = 4 * hn::Lanes(Shorts());
  for (std::size_t x = 0; x < length; x += step) {
    for (int row = 0; row < rows; ++row) {
      VerticalPiece(results[row], x);
    }
  }
}

HWY_INLINE hn::Vec<Words> Dot(const std::int16_t* in, const std::int16_t* weights, int taps) {
  const Shorts d;
  const Words dw;
  const int lanes = static_cast<int>(hn::Lanes(d));
  auto sum = hn::WidenMulPairwiseAdd(dw, hn::LoadU(d, in), hn::LoadU(d, weights));
  for (int at = lanes; at < taps; at += lanes) {
    sum = hn::Add(sum, hn::WidenMulPairwiseAdd(dw, hn::LoadU(d, in + at), hn::LoadU(d, weights + at)));
  }
  return sum;
}

/// The sums of four vectors, in each block of 128 bits over that block.
template <class V>
HWY_INLINE V SumsOfFour(V a, V b, V c, V e) {
  const Words dw;
  const hn::Repartition<std::int64_t, Words> dl;
  const auto ab = hn::Add(hn::InterleaveLower(dw, a, b), hn::InterleaveUpper(dw, a, b));
  const auto ce = hn::Add(hn::InterleaveLower(dw, c, e), hn::InterleaveUpper(dw, c, e));
  const auto low = hn::InterleaveLower(dl, hn::BitCast(dl, ab), hn::BitCast(dl, ce));
  const auto high = hn::InterleaveUpper(dl, hn::BitCast(dl, ab), hn::BitCast(dl, ce));
  return hn::Add(hn::BitCast(dw, low), hn::BitCast(dw, high));
}

void FixedHorizontal(const std::int16_t* in, const int* starts, const std::int16_t* weights, int taps, int results,
                     std::int16_t* out) {
  int at = 0;
#if HWY_TARGET != HWY_SCALAR
  const Words dw;
  const hn::Rebind<std::int16_t, Words> dh;
  const auto half = hn::Set(dw, 1 << 13);
  const auto dot = [&](int result) {
    return Dot(in + starts[result], weights + static_cast<std::ptrdiff_t>(result) * taps, taps);
  };
  const int lanes = static_cast<int>(hn::Lanes(dw));
  for (; at + lanes <= results; at += lanes) {
    auto sums = SumsOfFour(dot(at), dot(at + 1), dot(at + 2), dot(at + 3));
    if (lanes == 8) {
      const auto more = SumsOfFour(dot(at + 4), dot(at + 5), dot(at + 6), dot(at + 7));
      sums = hn::Add(hn::ConcatLowerLower(dw, more, sums), hn::ConcatUpperUpper(dw, more, sums));
    }
    hn::StoreU(hn::Max(hn::DemoteTo(dh, hn::ShiftRight<14>(hn::Add(sums, half))), hn::Zero(dh)), dh, out + at);
  }
#endif
  for (; at < results; ++at) {
    const std::int16_t* source = in + starts[at];
    const std::int16_t* weight = weights + static_cast<std::ptrdiff_t>(at) * taps;
    std::int32_t sum = 1 << 13;
    for (int tap = 0; tap < taps; ++tap) {
      sum += source[tap] * weight[tap];
    }
    out[at] = static_cast<std::int16_t>(std::clamp(sum >> 14, 0, 32767));
  }
}

void FloatAdd(const float* row, float weight, float* sums, std::size_t length) {
  const Floats d;
  const auto factor = hn::Set(d, weight);
  for (std::size_t at = 0; at < length; at += hn::Lanes(d)) {
    hn::StoreU(hn::MulAdd(factor, hn::LoadU(d, row + at), hn::LoadU(d, sums + at)), d, sums + at);
  }
}

float FloatDot(const float* in, const float* weights, std::size_t count) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  auto sums = hn::Zero(d);
  std::size_t at = 0;
  for (; at + lanes <= count; at += lanes) {
    sums = hn::MulAdd(hn::LoadU(d, in + at), hn::LoadU(d, weights + at), sums);
  }
  float sum = hn::ReduceSum(d, sums);
  for (; at < count; ++at) {
    sum += in[at] * weights[at];
  }
  return sum;
}

}  // namespace pictor::imaging::resample::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pictor::imaging::resample {

HWY_EXPORT(FixedLinearPair);
HWY_EXPORT(FixedYcc420Pair);
HWY_EXPORT(FixedVertical);
HWY_EXPORT(FixedHorizontal);
HWY_EXPORT(FloatAdd);
HWY_EXPORT(FloatDot);

void fixed_linear_pair(const std::uint8_t* even, const std::uint8_t* odd, int bands, int width, std::size_t stride,
                       std::int16_t* pair) {
  HWY_DYNAMIC_DISPATCH(FixedLinearPair)(even, odd, bands, width, stride, pair);
}
void fixed_ycc420_pair(const Ycc420Pair& rows, int width, std::size_t stride, std::int16_t* scratch,
                       std::int16_t* pair) {
  HWY_DYNAMIC_DISPATCH(FixedYcc420Pair)(rows, width, stride, scratch, pair);
}
void fixed_vertical(const FixedRow* results, int rows, std::size_t length) {
  HWY_DYNAMIC_DISPATCH(FixedVertical)(results, rows, length);
}
void fixed_horizontal(const std::int16_t* in, const int* starts, const std::int16_t* weights, int taps, int results,
                      std::int16_t* out) {
  HWY_DYNAMIC_DISPATCH(FixedHorizontal)(in, starts, weights, taps, results, out);
}
void float_add(const float* row, float weight, float* sums, std::size_t length) {
  HWY_DYNAMIC_DISPATCH(FloatAdd)(row, weight, sums, length);
}
float float_dot(const float* in, const float* weights, std::size_t count) {
  return HWY_DYNAMIC_DISPATCH(FloatDot)(in, weights, count);
}

}  // namespace pictor::imaging::resample
#endif
