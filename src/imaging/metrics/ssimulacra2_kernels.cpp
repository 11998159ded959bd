#include "imaging/metrics/ssimulacra2_kernels.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "imaging/metrics/recursive_gaussian.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "imaging/metrics/ssimulacra2_kernels.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace pictor::imaging::ssimulacra2 {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::CappedTag<float, kBand>;
using V = hn::Vec<D>;
constexpr D kD{};

/// Turns Lanes × Lanes floats over: rows of `in` become columns of `out`.
HWY_INLINE void transpose(const float* const* in, std::size_t x, float* out, std::size_t out_step) {
  constexpr std::size_t kN = hn::MaxLanes(D());
  if constexpr (kN == 8) {
#if HWY_MAX_BYTES >= 32
    V a[8];
    for (std::size_t i = 0; i < 8; ++i) {
      a[i] = hn::LoadU(kD, in[i] + x);
    }
    V b[8];
    for (std::size_t i = 0; i < 8; i += 4) {
      // 4 × 4 within each half: rows i .. i + 3.
      const V t0 = hn::InterleaveLower(kD, a[i], a[i + 2]);
      const V t1 = hn::InterleaveLower(kD, a[i + 1], a[i + 3]);
      const V t2 = hn::InterleaveUpper(kD, a[i], a[i + 2]);
      const V t3 = hn::InterleaveUpper(kD, a[i + 1], a[i + 3]);
      b[i] = hn::InterleaveLower(kD, t0, t1);
      b[i + 1] = hn::InterleaveUpper(kD, t0, t1);
      b[i + 2] = hn::InterleaveLower(kD, t2, t3);
      b[i + 3] = hn::InterleaveUpper(kD, t2, t3);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      hn::StoreU(hn::ConcatLowerLower(kD, b[i + 4], b[i]), kD, out + i * out_step);
      hn::StoreU(hn::ConcatUpperUpper(kD, b[i + 4], b[i]), kD, out + (i + 4) * out_step);
    }
#endif
  } else if constexpr (kN == 4) {
    const V a0 = hn::LoadU(kD, in[0] + x);
    const V a1 = hn::LoadU(kD, in[1] + x);
    const V a2 = hn::LoadU(kD, in[2] + x);
    const V a3 = hn::LoadU(kD, in[3] + x);
    const V t0 = hn::InterleaveLower(kD, a0, a2);
    const V t1 = hn::InterleaveLower(kD, a1, a3);
    const V t2 = hn::InterleaveUpper(kD, a0, a2);
    const V t3 = hn::InterleaveUpper(kD, a1, a3);
    hn::StoreU(hn::InterleaveLower(kD, t0, t1), kD, out);
    hn::StoreU(hn::InterleaveUpper(kD, t0, t1), kD, out + out_step);
    hn::StoreU(hn::InterleaveLower(kD, t2, t3), kD, out + 2 * out_step);
    hn::StoreU(hn::InterleaveUpper(kD, t2, t3), kD, out + 3 * out_step);
  } else {
    for (std::size_t i = 0; i < kN; ++i) {
      for (std::size_t j = 0; j < kN; ++j) {
        out[j * out_step + i] = in[i][x + j];
      }
    }
  }
}

/// Eight rows by eight columns, whatever the vector's length.
HWY_INLINE void transpose_tile(const float* const* in, std::size_t x, float* out, std::size_t out_step) {
  const std::size_t lanes = hn::Lanes(kD);
  for (std::size_t row = 0; row < kBand; row += lanes) {
    for (std::size_t column = 0; column < kBand; column += lanes) {
      transpose(in + row, x + column, out + column * out_step + row, out_step);
    }
  }
}

/// One of the three recursive terms, at one place: two outputs back, in `Lanes` rows.
struct Term {
  V previous;
  V before;
};

HWY_INLINE V step(const GaussianTerm& k, const V sum, Term& term) {
  V out = hn::Mul(sum, hn::Set(kD, k.mul_in[0]));
  out = hn::MulAdd(hn::Set(kD, k.mul_previous2[0]), term.before, out);
  term.before = term.previous;
  out = hn::MulAdd(hn::Set(kD, k.mul_previous[0]), term.previous, out);
  term.previous = out;
  return out;
}

/// Four outputs from four inputs: the recursion expanded, as the reference has it (and so rounds).
HWY_INLINE void step4(const GaussianTerm& k, const V* sum, Term& term, V* out) {
  for (std::size_t i = 0; i < 4; ++i) {
    V o = hn::Mul(sum[0], hn::Set(kD, k.mul_in[i]));
    for (std::size_t j = 1; j <= i; ++j) {
      o = hn::MulAdd(hn::Set(kD, k.mul_in[i - j]), sum[j], o);
    }
    o = hn::MulAdd(hn::Set(kD, k.mul_previous2[i]), term.before, o);
    out[i] = hn::MulAdd(hn::Set(kD, k.mul_previous[i]), term.previous, o);
  }
  term.before = out[2];
  term.previous = out[3];
}

/// The horizontal filter over transposed rows: `in` and `out` hold kBand floats a column.
void filter_columns(const float* in, float* out, std::size_t width) {
  const RecursiveGaussian& g = recursive_gaussian();
  const auto end = static_cast<std::ptrdiff_t>(width);
  constexpr std::ptrdiff_t kStep = kBand;
  for (std::size_t lane = 0; lane < kBand; lane += hn::Lanes(kD)) {
    const float* from = in + lane;
    float* to = out + lane;
    const Term nothing{hn::Zero(kD), hn::Zero(kD)};  // member initialisers would not be compiled for the processor
    Term terms[3] = {nothing, nothing, nothing};
    const auto sum_at = [&](std::ptrdiff_t n) HWY_ATTR {
      return hn::Add(hn::Load(kD, from + (n - 6) * kStep), hn::Load(kD, from + (n + 4) * kStep));
    };
    const auto single = [&](std::ptrdiff_t n) HWY_ATTR {
      const V sum = sum_at(n);
      const V o1 = step(g.terms[0], sum, terms[0]);
      const V o3 = step(g.terms[1], sum, terms[1]);
      const V o5 = step(g.terms[2], sum, terms[2]);
      return hn::Add(o1, hn::Add(o3, o5));
    };
    std::ptrdiff_t n = -static_cast<std::ptrdiff_t>(kLag);
    for (; n < 0; ++n) {
      single(n);
    }
    for (; n < std::min<std::ptrdiff_t>(8, end); ++n) {
      hn::Store(single(n), kD, to + n * kStep);
    }
    for (; n < end - 7; n += 4) {
      const V sum[4] = {sum_at(n), sum_at(n + 1), sum_at(n + 2), sum_at(n + 3)};
      V o1[4];
      V o3[4];
      V o5[4];
      step4(g.terms[0], sum, terms[0], o1);
      step4(g.terms[1], sum, terms[1], o3);
      step4(g.terms[2], sum, terms[2], o5);
      for (std::ptrdiff_t i = 0; i < 4; ++i) {
        hn::Store(hn::Add(o1[i], hn::Add(o3[i], o5[i])), kD, to + (n + i) * kStep);
      }
    }
    for (; n < end; ++n) {
      hn::Store(single(n), kD, to + n * kStep);
    }
  }
}

void multiply(const float* a, const float* b, float* out, std::size_t count) {
  for (std::size_t i = 0; i < count; i += hn::Lanes(kD)) {
    hn::Store(hn::Mul(hn::Load(kD, a + i), hn::Load(kD, b + i)), kD, out + i);
  }
}

void turn(const std::array<const float*, kBand>& rows, std::size_t stride, float* columns) {
  for (std::size_t x = 0; x < stride; x += kBand) {
    transpose_tile(rows.data(), x, columns + x * kBand, kBand);
  }
}

/// Where each map stands in the scratch and the state.
enum Map : std::uint8_t { kShown, kShownSquare, kProduct, kSourceMean, kSourceSquare };

constexpr bool has_map(Side side, std::size_t map) {
  const bool of_source = map >= kSourceMean;
  return side == Side::kBoth || (side == Side::kSource) == of_source;
}

/// Turns the rows over, multiplies, filters along the row, and turns back into the ring.
template <Side kSide>
void filter_horizontally(const Band& band) {
  const std::size_t stride = band.stride;
  const std::size_t floats = stride * kBand;
  const auto columns = [&](std::size_t map) { return band.columns + map * column_floats(stride) + kMargin * kBand; };
  turn(band.source, stride, columns(kSourceMean));
  if constexpr (kSide != Side::kSource) {
    turn(band.shown, stride, columns(kShown));
    multiply(columns(kShown), columns(kShown), columns(kShownSquare), floats);
    multiply(columns(kSourceMean), columns(kShown), columns(kProduct), floats);
  }
  if constexpr (kSide != Side::kKept) {
    multiply(columns(kSourceMean), columns(kSourceMean), columns(kSourceSquare), floats);
  }
  float* out = columns(kMaps);
  for (std::size_t map = 0; map < kMaps; ++map) {
    if (!has_map(kSide, map)) {
      continue;
    }
    filter_columns(columns(map), out, band.width);
    float* ring = band.ring + (map * kRing + band.first % kRing) * stride;
    for (std::size_t x = 0; x < stride; x += kBand) {
      std::array<const float*, kBand> in;
      for (std::size_t i = 0; i < kBand; ++i) {
        in[i] = out + (x + i) * kBand;
      }
      transpose_tile(in.data(), 0, ring + x, stride);
    }
  }
}

/// Where in the ring the rows are that the vertical filter adds, for each row that it makes.
struct RingRows {
  std::array<std::size_t, kBand> top;
  std::array<std::size_t, kBand> bottom;
};

RingRows ring_rows(const Band& band) {
  RingRows rows{};
  for (std::size_t i = 0; i < kBand; ++i) {
    rows.top[i] = (band.first + i + kRing - 10) % kRing * band.stride;
    rows.bottom[i] = (band.first + i) % kRing * band.stride;
  }
  return rows;
}

/// The vertical filter of one vector's columns over a band.
HWY_INLINE void filter_vertically(const RecursiveGaussian& g, const Band& band, const RingRows& rows, std::size_t map,
                                  std::size_t x, float* tile) {
  const std::size_t stride = band.stride;
  const float* ring = band.ring + map * kRing * stride + x;
  float* state = band.state + map * 6 * stride + x;
  V y1 = hn::Load(kD, state);
  V y3 = hn::Load(kD, state + stride);
  V y5 = hn::Load(kD, state + 2 * stride);
  V z1 = hn::Load(kD, state + 3 * stride);
  V z3 = hn::Load(kD, state + 4 * stride);
  V z5 = hn::Load(kD, state + 5 * stride);
  for (std::size_t i = 0; i < kBand; ++i) {
    const V sum = hn::Add(hn::Load(kD, ring + rows.top[i]), hn::Load(kD, ring + rows.bottom[i]));
    const V o1 = hn::MulAdd(hn::Set(kD, g.terms[0].n2), sum, hn::NegMulSub(hn::Set(kD, g.terms[0].d1), y1, z1));
    const V o3 = hn::MulAdd(hn::Set(kD, g.terms[1].n2), sum, hn::NegMulSub(hn::Set(kD, g.terms[1].d1), y3, z3));
    const V o5 = hn::MulAdd(hn::Set(kD, g.terms[2].n2), sum, hn::NegMulSub(hn::Set(kD, g.terms[2].d1), y5, z5));
    z1 = y1;
    z3 = y3;
    z5 = y5;
    y1 = o1;
    y3 = o3;
    y5 = o5;
    hn::Store(hn::Add(o1, hn::Add(o3, o5)), kD, tile + i * kBand);
  }
  hn::Store(y1, kD, state);
  hn::Store(y3, kD, state + stride);
  hn::Store(y5, kD, state + 2 * stride);
  hn::Store(z1, kD, state + 3 * stride);
  hn::Store(z3, kD, state + 4 * stride);
  hn::Store(z5, kD, state + 5 * stride);
}

struct Errors {
  V ssim;
  V ssim4;
  V ringing;
  V ringing4;
  V blurring;
  V blurring4;
};

HWY_INLINE V quartic(const V d) {
  const V square = hn::Mul(d, d);
  return hn::Mul(square, square);
}

/// What the reference calls SSIMMap and EdgeDiffMap, at one place.
HWY_INLINE void add_errors(const V v1, const V v2, const V m1, const V m2, const V s11, const V s22, const V s12,
                           Errors& errors) {
  const V one = hn::Set(kD, 1.0F);
  const V c2 = hn::Set(kD, 0.0009F);
  const V apart = hn::Sub(m1, m2);
  const V num_m = hn::Sub(one, hn::Mul(apart, apart));
  const V covariance = hn::Sub(s12, hn::Mul(m1, m2));
  const V num_s = hn::Add(hn::Add(covariance, covariance), c2);
  const V denom_s = hn::Add(hn::Add(hn::Sub(s11, hn::Mul(m1, m1)), hn::Sub(s22, hn::Mul(m2, m2))), c2);
  const V d = hn::Max(hn::Sub(one, hn::Div(hn::Mul(num_m, num_s), denom_s)), hn::Zero(kD));
  errors.ssim = hn::Add(errors.ssim, d);
  errors.ssim4 = hn::Add(errors.ssim4, quartic(d));

  const V edge1 = hn::Abs(hn::Sub(v1, m1));
  const V edge2 = hn::Abs(hn::Sub(v2, m2));
  const V change = hn::Div(hn::Sub(edge2, edge1), hn::Add(one, edge1));
  const V ringing = hn::Max(change, hn::Zero(kD));
  const V blurring = hn::Sub(ringing, change);
  errors.ringing = hn::Add(errors.ringing, ringing);
  errors.ringing4 = hn::Add(errors.ringing4, quartic(ringing));
  errors.blurring = hn::Add(errors.blurring, blurring);
  errors.blurring4 = hn::Add(errors.blurring4, quartic(blurring));
}

void add_up(const Errors& errors, Sums& sums) {
  const std::array<V, 6> all{errors.ssim,  errors.ringing,  errors.blurring,
                             errors.ssim4, errors.ringing4, errors.blurring4};
  for (std::size_t i = 0; i < all.size(); ++i) {
    sums.of[i] += static_cast<double>(hn::ReduceSum(kD, all[i]));
  }
}

constexpr std::size_t kCacheLine = 16;  // floats
constexpr std::size_t kAhead = 4 * kCacheLine;

/// What was kept comes from far, and in more rows than processors fetch ahead by themselves.
HWY_INLINE void prefetch(const Band& band, std::size_t x) {
  if (x >= band.stride) {
    return;
  }
  for (std::size_t i = 0; i < kBand; ++i) {
    if (band.mean_out[i] != nullptr) {
      hwy::Prefetch(band.mean_out[i] + x);
      hwy::Prefetch(band.square_out[i] + x);
    }
    if (band.source_out[i] != nullptr) {
      hwy::Prefetch(band.source_out[i] + x);
    }
  }
}

template <Side kSide>
void run_band(const Band& band) {
  filter_horizontally<kSide>(band);
  const RecursiveGaussian& g = recursive_gaussian();
  const RingRows rows = ring_rows(band);
  HWY_ALIGN float tile[kMaps][kBand * kBand];
  const V zero = hn::Zero(kD);
  Errors errors{zero, zero, zero, zero, zero, zero};
  for (std::size_t x = 0; x < band.stride; x += hn::Lanes(kD)) {
    if (x % kCacheLine == 0) {
      prefetch(band, x + kAhead);
    }
    for (std::size_t map = 0; map < kMaps; ++map) {
      if (has_map(kSide, map)) {
        filter_vertically(g, band, rows, map, x, tile[map]);
      }
    }
    for (std::size_t i = 0; i < kBand; ++i) {
      if (band.source_out[i] == nullptr) {
        continue;
      }
      const auto from = [&](Map map) HWY_ATTR { return hn::Load(kD, tile[map] + i * kBand); };
      if constexpr (kSide == Side::kSource) {
        hn::Store(from(kSourceMean), kD, band.mean_out[i] + x);
        hn::Store(from(kSourceSquare), kD, band.square_out[i] + x);
      } else {
        const V m1 = kSide == Side::kKept ? hn::Load(kD, band.mean_out[i] + x) : from(kSourceMean);
        const V s11 = kSide == Side::kKept ? hn::Load(kD, band.square_out[i] + x) : from(kSourceSquare);
        add_errors(hn::Load(kD, band.source_out[i] + x), hn::Load(kD, band.shown_out[i] + x), m1, from(kShown), s11,
                   from(kShownSquare), from(kProduct), errors);
      }
    }
  }
  if constexpr (kSide != Side::kSource) {
    add_up(errors, *band.sums);
  }
}

void FilterBand(const Band& band, Side side) {
  switch (side) {
    case Side::kSource:
      return run_band<Side::kSource>(band);
    case Side::kKept:
      return run_band<Side::kKept>(band);
    case Side::kBoth:
      return run_band<Side::kBoth>(band);
  }
}

/// Newton's iteration of fast_math-inl.h (after Agner Fog's vectormath_exp.h); x is never negative.
HWY_INLINE V cube_root_and_add(const V x, const V add) {
  const hn::RebindToSigned<D> di;
  const V third = hn::Set(kD, 1.0F / 3);
  const V four_thirds = hn::Set(kD, 4.0F / 3);
  const V x_third = hn::Mul(third, x);
  const auto bits = hn::BitCast(di, x);
  const auto guess = hn::Sub(hn::Set(di, 0x54800000), hn::Mul(hn::ShiftRight<23>(bits), hn::Set(di, 0x002AAAAA)));
  V r = hn::BitCast(kD, hn::IfThenZeroElse(hn::Eq(bits, hn::Zero(di)), guess));
  for (int i = 0; i < 3; ++i) {
    const V r2 = hn::Mul(r, r);
    r = hn::NegMulAdd(x_third, hn::Mul(r2, r2), hn::Mul(four_thirds, r));
  }
  V r2 = hn::Mul(r, r);
  r = hn::MulAdd(third, hn::NegMulAdd(x, hn::Mul(r2, r2), r), r);
  r2 = hn::Mul(r, r);
  return hn::MulAdd(r2, x, add);
}

constexpr float kBias = 0.0037930732552754493F;
constexpr float kM02 = 0.078F;
constexpr float kM00 = 0.30F;
constexpr float kM10 = 0.23F;
constexpr float kM20 = 0.24342268924547819F;
constexpr float kM21 = 0.20476744424496821F;

HWY_INLINE V absorb(float r, float g, float b, const V red, const V green, const V blue, const V minus_root) {
  const V mixed = hn::MulAdd(hn::Set(kD, r), red,
                             hn::MulAdd(hn::Set(kD, g), green, hn::MulAdd(hn::Set(kD, b), blue, hn::Set(kD, kBias))));
  return cube_root_and_add(hn::ZeroIfNegative(mixed), minus_root);
}

void XybRow(const float* red, const float* green, const float* blue, float* x, float* y, float* b, std::size_t count) {
  const V half = hn::Set(kD, 0.5F);
  const V minus_root = hn::Set(kD, -std::cbrt(kBias));
  for (std::size_t i = 0; i < count; i += hn::Lanes(kD)) {
    const V r = hn::Load(kD, red + i);
    const V g = hn::Load(kD, green + i);
    const V bl = hn::Load(kD, blue + i);
    const V l = absorb(kM00, 1.0F - kM02 - kM00, kM02, r, g, bl, minus_root);
    const V m = absorb(kM10, 1.0F - kM02 - kM10, kM02, r, g, bl, minus_root);
    const V luma = hn::Mul(half, hn::Add(l, m));
    hn::Store(hn::Add(luma, hn::Set(kD, 0.01F)), kD, y + i);
    if (x != nullptr) {
      const V opponent = hn::Mul(half, hn::Sub(l, m));
      hn::Store(hn::Add(hn::Mul(opponent, hn::Set(kD, 14.0F)), hn::Set(kD, 0.42F)), kD, x + i);
    }
    if (b != nullptr) {
      const V s = absorb(kM20, kM21, 1.0F - kM20 - kM21, r, g, bl, minus_root);
      hn::Store(hn::Add(hn::Sub(s, luma), hn::Set(kD, 0.55F)), kD, b + i);
    }
  }
}

void HalveRow(const float* top, const float* bottom, float* out, std::size_t count) {
  for (std::size_t i = 0; i < count; i += hn::Lanes(kD)) {
    V a;
    V b;
    V c;
    V e;
    hn::LoadInterleaved2(kD, top + 2 * i, a, b);
    hn::LoadInterleaved2(kD, bottom + 2 * i, c, e);
    hn::Store(hn::Mul(hn::Add(hn::Add(hn::Add(a, b), c), e), hn::Set(kD, 0.25F)), kD, out + i);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pictor::imaging::ssimulacra2
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pictor::imaging::ssimulacra2 {

HWY_EXPORT(FilterBand);
HWY_EXPORT(XybRow);
HWY_EXPORT(HalveRow);

void filter_band(const Band& band, Side side) { HWY_DYNAMIC_DISPATCH(FilterBand)(band, side); }

void xyb_row(const float* red, const float* green, const float* blue, float* x, float* y, float* b, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(XybRow)(red, green, blue, x, y, b, count);
}

void halve_row(const float* top, const float* bottom, float* out, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(HalveRow)(top, bottom, out, count);
}

}  // namespace pictor::imaging::ssimulacra2
#endif  // HWY_ONCE
