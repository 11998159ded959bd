#include "imaging/metrics/ssimulacra2.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "imaging/metrics/linear_rows.hpp"
#include "imaging/metrics/planes.hpp"
#include "imaging/metrics/pyramid.hpp"
#include "imaging/metrics/ssimulacra2_kernels.hpp"
#include "imaging/metrics/ssimulacra2_weights.hpp"

namespace pictor::imaging {
namespace {

using namespace ssimulacra2;

/// Pictures with more pixels keep a third of what the others keep of their source and filter it again each time.
/// Kept: 4 bytes for each pixel of a plane that counts, 6.7 a pixel of the picture (81 MB for 12 megapixels), or
/// three times that (40 MB for 2 megapixels).
constexpr std::size_t kKeepAllPixels = 5'000'000;

/// One plane of the source at one scale.
struct KeptPlane {
  std::size_t stride = 0;
  Floats value;
  Floats mean;    ///< blurred; empty when it is filtered again each time
  Floats square;  ///< the blurred square
};

/// The source on one ground.
struct KeptSide {
  std::array<std::array<KeptPlane, kScales>, kPlanes> planes;
};

/// Filters one plane at one scale, band after band.
class PlaneFilter {
 public:
  PlaneFilter(std::size_t width, std::size_t height)
      : height_(height),
        stride_(round_up(width, kBand)),
        columns_((kMaps + 1) * column_floats(stride_)),
        ring_(kMaps * kRing * stride_),
        state_(kMaps * 6 * stride_),
        shown_(2 * kBand * stride_),
        nothing_(stride_) {
    band_.stride = stride_;
    band_.width = width;
    band_.columns = columns_.data();
    band_.ring = ring_.data();
    band_.state = state_.data();
    band_.sums = &sums_;
  }

  /// Where row `y` of the shown picture is to be written before its band is filtered.
  [[nodiscard]] float* shown_row(std::size_t y) const { return shown_.data() + y % (2 * kBand) * stride_; }

  /// The band of input that begins at `first`; rows below the plane are nothing.
  void filter(std::size_t first, const KeptPlane& kept, Side side) {
    band_.first = first;
    for (std::size_t i = 0; i < kBand; ++i) {
      const std::size_t in = first + i;
      band_.source[i] = in < height_ ? kept.value.data() + in * stride_ : nothing_.data();
      band_.shown[i] = in < height_ ? shown_row(in) : nothing_.data();
      const bool ready = in >= kLag && in - kLag < height_;
      const std::size_t out = ready ? in - kLag : 0;
      band_.source_out[i] = ready ? kept.value.data() + out * stride_ : nullptr;
      band_.shown_out[i] = ready ? shown_row(out) : nullptr;
      band_.mean_out[i] = ready && !kept.mean.empty() ? kept.mean.data() + out * stride_ : nullptr;
      band_.square_out[i] = ready && !kept.square.empty() ? kept.square.data() + out * stride_ : nullptr;
    }
    filter_band(band_, side);
  }

  [[nodiscard]] Norms norms(std::size_t width) const {
    const double pixels = static_cast<double>(width) * static_cast<double>(height_);
    Norms norms{};
    for (std::size_t i = 0; i < norms.size(); ++i) {
      const double mean = sums_.of[i] / pixels;
      norms[i] = i < 3 ? mean : std::sqrt(std::sqrt(mean));
    }
    return norms;
  }

 private:
  std::size_t height_;
  std::size_t stride_;
  Floats columns_;
  Floats ring_;
  Floats state_;
  Floats shown_;
  Floats nothing_;
  Sums sums_;
  Band band_;
};

/// Input bands until the last row of output is ready.
std::size_t bands_of(std::size_t height) { return (height + kLag + kBand - 1) / kBand; }

KeptSide keep_source(const LinearRows& rows, std::size_t scales) {
  const bool keep_all = rows.width() * rows.height() <= kKeepAllPixels;
  KeptSide side;
  Pyramid pyramid(rows);
  for (std::size_t scale = 0; scale < scales; ++scale) {
    const std::size_t width = pyramid.width();
    const std::size_t height = pyramid.height();
    const std::size_t stride = round_up(width, kBand);
    for (std::size_t plane = 0; plane < kPlanes; ++plane) {
      if (plane == 1 || counts(plane, scale, scales)) {  // luma is a by-product of the others
        side.planes[plane][scale] = {.stride = stride, .value = Floats(stride * height)};
      }
    }
    for (std::size_t first = 0; first < height; first += kBand) {
      std::array<XybRow, kBand> to{};
      for (std::size_t i = 0; i < kBand && first + i < height; ++i) {
        for (std::size_t plane = 0; plane < kPlanes; ++plane) {
          const KeptPlane& kept = side.planes[plane][scale];
          to[i][plane] = kept.value.empty() ? nullptr : kept.value.data() + (first + i) * stride;
        }
      }
      pyramid.make_band(first, to);
    }
    for (std::size_t plane = 0; plane < kPlanes && keep_all; ++plane) {
      KeptPlane& kept = side.planes[plane][scale];
      if (!counts(plane, scale, scales)) {
        continue;
      }
      kept.mean = Floats(stride * height);
      kept.square = Floats(stride * height);
      PlaneFilter filter(width, height);
      for (std::size_t band = 0; band < bands_of(height); ++band) {
        filter.filter(band * kBand, kept, Side::kSource);
      }
    }
    if (!counts(1, scale, scales)) {
      side.planes[1][scale].value = {};
    }
    pyramid.halve();
  }
  return side;
}

double compare(const KeptSide& side, const LinearRows& rows, std::size_t scales) {
  std::array<std::array<Norms, kScales>, kPlanes> norms{};
  Pyramid pyramid(rows);
  for (std::size_t scale = 0; scale < scales; ++scale) {
    const std::size_t width = pyramid.width();
    const std::size_t height = pyramid.height();
    std::array<std::optional<PlaneFilter>, kPlanes> filters;
    Floats unused(round_up(width, kBand));
    for (std::size_t plane = 0; plane < kPlanes; ++plane) {
      if (counts(plane, scale, scales)) {
        filters[plane].emplace(width, height);
      }
    }
    for (std::size_t band = 0; band < bands_of(height); ++band) {
      const std::size_t first = band * kBand;
      std::array<XybRow, kBand> to{};
      for (std::size_t i = 0; i < kBand && first + i < height; ++i) {
        for (std::size_t plane = 0; plane < kPlanes; ++plane) {
          to[i][plane] = filters[plane] ? filters[plane]->shown_row(first + i) : nullptr;
        }
        to[i][1] = to[i][1] == nullptr ? unused.data() : to[i][1];
      }
      pyramid.make_band(first, to);
      for (std::size_t plane = 0; plane < kPlanes; ++plane) {
        if (filters[plane]) {
          const KeptPlane& kept = side.planes[plane][scale];
          filters[plane]->filter(first, kept, kept.mean.empty() ? Side::kBoth : Side::kKept);
        }
      }
    }
    for (std::size_t plane = 0; plane < kPlanes; ++plane) {
      if (filters[plane]) {
        norms[plane][scale] = filters[plane]->norms(width);
      }
    }
    pyramid.halve();
  }
  return score_of(norms, scales);
}

}  // namespace

struct Ssimulacra2::Source {
  int width = 0;
  int height = 0;
  std::size_t scales = 0;
  KeptSide black;
  std::optional<KeptSide> white;  ///< when the source lets the ground through; else the same as on black
};

Ssimulacra2::Ssimulacra2(const Pixels& source) {
  auto made = std::make_unique<Source>();
  made->width = source.width;
  made->height = source.height;
  const LinearRows rows(source, Ground::kBlack);
  made->scales = scales_of(rows.width(), rows.height());
  made->black = keep_source(rows, made->scales);
  if (is_see_through(source)) {
    made->white = keep_source(LinearRows(source, Ground::kWhite), made->scales);
  }
  source_ = std::move(made);
}

Ssimulacra2::~Ssimulacra2() = default;
Ssimulacra2::Ssimulacra2(Ssimulacra2&&) noexcept = default;
Ssimulacra2& Ssimulacra2::operator=(Ssimulacra2&&) noexcept = default;

double Ssimulacra2::score(const Pixels& shown) const {
  if (shown.width != source_->width || shown.height != source_->height) {
    return -std::numeric_limits<double>::infinity();
  }
  const double on_black = compare(source_->black, LinearRows(shown, Ground::kBlack), source_->scales);
  if (!source_->white && !is_see_through(shown)) {
    return on_black;
  }
  const KeptSide& white = source_->white ? *source_->white : source_->black;
  return std::min(on_black, compare(white, LinearRows(shown, Ground::kWhite), source_->scales));
}

double Ssimulacra2::probe(const Pixels& shown) const { return score(shown); }

}  // namespace pictor::imaging
