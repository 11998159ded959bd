#include "imaging/metrics/plane_filter.hpp"

#include <algorithm>
#include <cmath>

namespace pictor::imaging::ssimulacra2 {
namespace {

/// The maps that are blurred come first where the source's are kept.
std::size_t maps_of(Side side) { return side == Side::kKept ? 3 : kMaps; }

}  // namespace

PlaneFilter::PlaneFilter(std::size_t width, std::size_t height, float* columns, Side side)
    : width_(width),
      height_(height),
      stride_(round_up(width, kBand)),
      side_(side),
      ring_(maps_of(side) * kRing * stride_),
      state_(maps_of(side) * 6 * stride_),
      shown_(side == Side::kSource ? 0 : 2 * kBand * stride_),
      nothing_(stride_) {
  band_.stride = stride_;
  band_.width = width;
  band_.columns = columns;
  band_.ring = ring_.data();
  band_.state = state_.data();
  band_.sums = &sums_;
}

void PlaneFilter::filter(std::size_t first, const KeptPlane& kept, bool counted) {
  band_.first = first;
  for (std::size_t i = 0; i < kBand; ++i) {
    const std::size_t in = first + i;
    band_.source[i] = in < height_ ? kept.value.data() + in * stride_ : nothing_.data();
    band_.shown[i] = in < height_ ? shown_row(in) : nothing_.data();
    const bool ready = counted && in >= kLag && in - kLag < height_;
    const std::size_t out = ready ? in - kLag : 0;
    band_.source_out[i] = ready ? kept.value.data() + out * stride_ : nullptr;
    band_.shown_out[i] = ready ? shown_row(out) : nullptr;
    band_.mean_out[i] = ready && !kept.mean.empty() ? kept.mean.data() + out * stride_ : nullptr;
    band_.square_out[i] = ready && !kept.square.empty() ? kept.square.data() + out * stride_ : nullptr;
    rows_counted_ += ready ? 1 : 0;
  }
  filter_band(band_, side_);
}

void PlaneFilter::forget() {
  std::fill_n(ring_.data(), maps_of(side_) * kRing * stride_, 0.0F);
  std::fill_n(state_.data(), maps_of(side_) * 6 * stride_, 0.0F);
}

Norms PlaneFilter::norms() const {
  const double pixels = static_cast<double>(width_) * static_cast<double>(rows_counted_);
  Norms norms{};
  for (std::size_t i = 0; i < norms.size(); ++i) {
    const double mean = sums_.of[i] / pixels;
    norms[i] = i < 3 ? mean : std::sqrt(std::sqrt(mean));
  }
  return norms;
}

}  // namespace pictor::imaging::ssimulacra2
