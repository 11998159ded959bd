#include "imaging/metrics/ssimulacra2.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "imaging/metrics/linear_rows.hpp"
#include "imaging/metrics/plane_filter.hpp"
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

/// A quick look counts `kLooked` of every `kLookPeriod` bands of the first scale, and filters `kLead` before them so
/// that they are right. Pictures with fewer bands are cheap, and read whole.
constexpr std::size_t kLooked = 4;
constexpr std::size_t kLead = 2;
constexpr std::size_t kLookPeriod = 16;
constexpr std::size_t kFewBands = 4 * kLookPeriod;

enum class Look : std::uint8_t { kWhole, kQuick };

/// The source on one ground.
struct KeptSide {
  std::array<std::array<KeptPlane, kScales>, kPlanes> planes;
};

/// Scratch for any filter of the picture.
Floats columns_for(std::size_t width) { return Floats((kMaps + 1) * column_floats(round_up(width, kBand))); }

/// Takes the source's bands: keeps them, and what they are blurred.
class SourceSink final : public BandSink {
 public:
  SourceSink(Size size, std::size_t scales) : size_(size), unused_(round_up(size.width, kBand)) {
    const bool keep_all = size.width * size.height <= kKeepAllPixels;
    for (std::size_t scale = 0; scale < scales; ++scale) {
      const Size at = size_at(size, scale);
      const std::size_t floats = round_up(at.width, kBand) * at.height;
      columns_[scale] = columns_for(at.width);
      for (std::size_t plane = 0; plane < kPlanes; ++plane) {
        if (!counts(plane, scale, scales)) {
          continue;
        }
        KeptPlane& kept = side_.planes[plane][scale];
        kept.value = Floats(floats);
        if (keep_all) {
          kept.mean = Floats(floats);
          kept.square = Floats(floats);
          filters_[plane][scale].emplace(at.width, at.height, columns_[scale].data(), Side::kSource);
        }
      }
    }
  }

  std::array<XybRow, kBand> rows_for(std::size_t scale, std::size_t first) override {
    const Size at = size_at(size_, scale);
    std::array<XybRow, kBand> rows{};
    for (std::size_t i = 0; i < kBand && first + i < at.height; ++i) {
      rows[i][1] = unused_.data();  // luma is a by-product of the others
      for (std::size_t plane = 0; plane < kPlanes; ++plane) {
        if (const KeptPlane& kept = side_.planes[plane][scale]; !kept.value.empty()) {
          rows[i][plane] = kept.value.data() + (first + i) * round_up(at.width, kBand);
        }
      }
    }
    return rows;
  }

  void take(std::size_t scale, std::size_t first) override {
    const std::size_t height = size_at(size_, scale).height;
    const bool last = first + kBand >= height;
    for (std::size_t plane = 0; plane < kPlanes; ++plane) {
      if (!filters_[plane][scale]) {
        continue;
      }
      for (std::size_t band = first; band == first || (last && band < bands_of(height) * kBand); band += kBand) {
        filters_[plane][scale]->filter(band, side_.planes[plane][scale]);
      }
    }
  }

  KeptSide result() { return std::move(side_); }

 private:
  Size size_;
  KeptSide side_;
  Floats unused_;
  std::array<Floats, kScales> columns_;
  std::array<std::array<std::optional<PlaneFilter>, kScales>, kPlanes> filters_;
};

/// Takes a candidate's bands and compares them with what was kept.
class ShownSink final : public BandSink {
 public:
  ShownSink(Size size, std::size_t scales, const KeptSide& side, Look look)
      : size_(size), scales_(scales), side_(side), unused_(round_up(size.width, kBand)) {
    quick_ = look == Look::kQuick && bands_of(size.height) >= kFewBands;
    for (std::size_t scale = 0; scale < scales; ++scale) {
      const Size at = size_at(size, scale);
      columns_[scale] = columns_for(at.width);
      for (std::size_t plane = 0; plane < kPlanes; ++plane) {
        const KeptPlane& kept = side.planes[plane][scale];
        if (!kept.value.empty()) {
          filters_[plane][scale].emplace(at.width, at.height, columns_[scale].data(),
                                         kept.mean.empty() ? Side::kBoth : Side::kKept);
        }
      }
    }
  }

  std::array<XybRow, kBand> rows_for(std::size_t scale, std::size_t first) override {
    const Size at = size_at(size_, scale);
    std::array<XybRow, kBand> rows{};
    if (!is_filtered(scale, first)) {
      return rows;
    }
    for (std::size_t i = 0; i < kBand && first + i < at.height; ++i) {
      rows[i][1] = unused_.data();
      for (std::size_t plane = 0; plane < kPlanes; ++plane) {
        if (filters_[plane][scale]) {
          rows[i][plane] = filters_[plane][scale]->shown_row(first + i);
        }
      }
    }
    return rows;
  }

  void take(std::size_t scale, std::size_t first) override {
    const std::size_t height = size_at(size_, scale).height;
    const bool last = first + kBand >= height;
    for (std::size_t plane = 0; plane < kPlanes; ++plane) {
      if (filters_[plane][scale]) {
        for (std::size_t band = first; band == first || (last && band < bands_of(height) * kBand); band += kBand) {
          filter(*filters_[plane][scale], scale, band, side_.planes[plane][scale]);
        }
      }
    }
  }

  [[nodiscard]] double score() const {
    std::array<std::array<Norms, kScales>, kPlanes> norms{};
    for (std::size_t plane = 0; plane < kPlanes; ++plane) {
      for (std::size_t scale = 0; scale < scales_; ++scale) {
        if (filters_[plane][scale]) {
          norms[plane][scale] = filters_[plane][scale]->norms();
        }
      }
    }
    return score_of(norms, scales_);
  }

 private:
  [[nodiscard]] bool is_filtered(std::size_t scale, std::size_t first) const {
    return !quick_ || scale > 0 || first / kBand % kLookPeriod < kLead + kLooked;
  }

  void filter(PlaneFilter& filter, std::size_t scale, std::size_t first, const KeptPlane& kept) const {
    if (!quick_ || scale > 0) {
      filter.filter(first, kept);
      return;
    }
    const std::size_t place = first / kBand % kLookPeriod;
    if (place == 0 && first > 0) {
      filter.forget();
    }
    if (place < kLead + kLooked) {
      filter.filter(first, kept, place >= kLead);
    }
  }

  Size size_;
  std::size_t scales_;
  const KeptSide& side_;
  bool quick_ = false;
  Floats unused_;
  std::array<Floats, kScales> columns_;
  std::array<std::array<std::optional<PlaneFilter>, kScales>, kPlanes> filters_;
};

KeptSide keep_source(const LinearRows& rows, std::size_t scales) {
  SourceSink sink({rows.width(), rows.height()}, scales);
  Pyramid(rows, scales, sink).run();
  return sink.result();
}

double compare(const KeptSide& side, const LinearRows& rows, std::size_t scales, Look look) {
  ShownSink sink({rows.width(), rows.height()}, scales, side, look);
  Pyramid(rows, scales, sink).run();
  return sink.score();
}

}  // namespace

struct Ssimulacra2::Source {
  int width = 0;
  int height = 0;
  std::size_t scales = 0;
  KeptSide black;
  std::optional<KeptSide> white;  ///< when the source lets the ground through; else the same as on black

  [[nodiscard]] double compared(const Pixels& shown, Look look) const {
    if (shown.width != width || shown.height != height) {
      return -std::numeric_limits<double>::infinity();
    }
    const double on_black = compare(black, LinearRows(shown, Ground::kBlack), scales, look);
    if (!white && !is_see_through(shown)) {
      return on_black;
    }
    return std::min(on_black, compare(white ? *white : black, LinearRows(shown, Ground::kWhite), scales, look));
  }
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

double Ssimulacra2::score(const Pixels& shown) const { return source_->compared(shown, Look::kWhole); }

double Ssimulacra2::probe(const Pixels& shown) const { return source_->compared(shown, Look::kQuick); }

}  // namespace pictor::imaging
