#include "imaging/resample/resample.hpp"

#include <algorithm>
#include <cmath>

#include "imaging/resample/axis.hpp"
#include "imaging/resample/passes.hpp"

namespace pictor::imaging::resample {
namespace {

// Above it the weights are too small for 14 bits, and the window of rows too high.
constexpr double kFixedRatio = 16;

Result<Pixels> copied(RowSource& source, const Axis& across, const Axis& down, Pixels result) {
  const std::size_t pixel = static_cast<std::size_t>(result.bands) * static_cast<std::size_t>(result.bits / 8);
  result.bytes.reserve(result.frame_bytes());
  for (int y = 0; y <= down.last(); ++y) {
    const auto row = source.next_row();
    if (!row) {
      return fail(row.error());
    }
    if (y >= down.first()) {
      const auto part = row->subspan(static_cast<std::size_t>(across.first()) * pixel, result.row_bytes());
      result.bytes.insert(result.bytes.end(), part.begin(), part.end());
    }
  }
  return result;
}

/// Feeds the rows that are needed to a pass, which writes the result.
template <class Pass>
Result<Pixels> run(RowSource& source, const Axis& across, const Axis& down, Pixels result) {
  result.bytes.resize(result.frame_bytes());
  Pass pass(across, down, result);
  const std::size_t pixel = static_cast<std::size_t>(result.bands) * static_cast<std::size_t>(result.bits / 8);
  const std::size_t length = static_cast<std::size_t>(across.last() - across.first() + 1) * pixel;
  for (int y = 0; y <= down.last(); ++y) {
    const auto row = source.next_row();
    if (!row) {
      return fail(row.error());
    }
    if (y >= down.first()) {
      pass.take(row->subspan(static_cast<std::size_t>(across.first()) * pixel, length));
    }
  }
  return result;
}

bool inside(const Box& box, int width, int height) {
  const bool finite =
      std::isfinite(box.x) && std::isfinite(box.y) && std::isfinite(box.width) && std::isfinite(box.height);
  constexpr double kSlack = 1e-6;  // sums of fractions
  return finite && box.x >= 0 && box.y >= 0 && box.width > 0 && box.height > 0 && box.x + box.width <= width + kSlack &&
         box.y + box.height <= height + kSlack;
}

Error no_such_part() {
  return {ErrorCode::kInvalidField, "The part of the picture to show lies outside of it, or has no size."};
}

}  // namespace

Result<std::span<const std::uint8_t>> PixelRows::next_row() {
  const std::size_t at = row_++;
  return std::span(pixels_.bytes).subspan(at * pixels_.row_bytes(), pixels_.row_bytes());
}

Result<Pixels> resize(RowSource& source, const Box& box, int width, int height) {
  if (width < 1 || height < 1 || !inside(box, source.width(), source.height())) {
    return fail(no_such_part());
  }
  const Axis across(source.width(), box.x, box.width, width);
  const Axis down(source.height(), box.y, box.height, height);
  Pixels result;
  result.width = width;
  result.height = height;
  result.bands = source.bands();
  result.bits = source.bits();
  if (across.is_identity() && down.is_identity()) {
    return copied(source, across, down, std::move(result));
  }
  const bool fixed = result.bits == 8 && !result.has_alpha() && std::max(across.scale(), down.scale()) <= kFixedRatio;
  return fixed ? run<FixedPass>(source, across, down, std::move(result))
               : run<FloatPass>(source, across, down, std::move(result));
}

bool takes_ycc420(const Box& box, int width, int height) {
  return box.width <= kFixedRatio * width && box.height <= kFixedRatio * height;
}

Result<Pixels> resize(Ycc420Source& source, const Box& box, int width, int height) {
  if (width < 1 || height < 1 || !inside(box, source.width(), source.height()) || !takes_ycc420(box, width, height)) {
    return fail(no_such_part());
  }
  const Axis across(source.width(), box.x, box.width, width, 2);
  const Axis down(source.height(), box.y, box.height, height, 2);
  Pixels result;
  result.width = width;
  result.height = height;
  result.bytes.resize(result.frame_bytes());
  FixedPass pass(across, down, result);
  for (int y = 0; y <= down.last(); y += 2) {
    const auto pair = source.next_pair();
    if (!pair) {
      return fail(pair.error());
    }
    if (y >= down.first()) {
      pass.take(*pair);
    }
  }
  return result;
}

}  // namespace pictor::imaging::resample
