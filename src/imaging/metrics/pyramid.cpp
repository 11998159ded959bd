#include "imaging/metrics/pyramid.hpp"

#include <algorithm>
#include <utility>

#include "imaging/metrics/ssimulacra2_kernels.hpp"

namespace pictor::imaging::ssimulacra2 {

Pyramid::Pyramid(const LinearRows& rows)
    : rows_(rows),
      width_(rows.width()),
      height_(rows.height()),
      read_(width_, 2),
      next_((width_ + 1) / 2, (height_ + 1) / 2) {}

Pyramid::Rows Pyramid::linear_row(std::size_t y) {
  const LinearPlanes& planes = at_pixels_ ? read_ : now_;
  const std::size_t at = at_pixels_ ? y % 2 : y;
  const Rows rows{planes.row(0, at), planes.row(1, at), planes.row(2, at)};
  if (at_pixels_) {
    rows_.read(y, rows[0], rows[1], rows[2]);
  }
  if (width_ % 2 != 0) {  // the last column stands for its missing neighbour
    for (float* row : rows) {
      row[width_] = row[width_ - 1];
    }
  }
  return rows;
}

void Pyramid::make_half_row(std::size_t y, const Rows& top, const Rows& bottom) {
  for (std::size_t plane = 0; plane < 3; ++plane) {
    halve_row(top[plane], bottom[plane], next_.row(plane, y), (width_ + 1) / 2);
  }
}

void Pyramid::make_band(std::size_t first, const std::array<XybRow, kBand>& to) {
  const std::size_t padded = round_up(width_, kBand);
  Rows above{};
  for (std::size_t i = 0; i < kBand && first + i < height_; ++i) {
    const std::size_t y = first + i;
    const Rows rows = linear_row(y);
    xyb_row(rows[0], rows[1], rows[2], to[i][0], to[i][1], to[i][2], width_);
    for (float* row : to[i]) {
      if (row != nullptr) {
        std::fill(row + width_, row + padded, 0.0F);
      }
    }
    if (y % 2 != 0) {
      make_half_row(y / 2, above, rows);
    } else if (y + 1 == height_) {
      make_half_row(y / 2, rows, rows);
    }
    above = rows;
  }
}

void Pyramid::halve() {
  at_pixels_ = false;
  width_ = (width_ + 1) / 2;
  height_ = (height_ + 1) / 2;
  now_ = std::move(next_);
  next_ = LinearPlanes((width_ + 1) / 2, (height_ + 1) / 2);
}

}  // namespace pictor::imaging::ssimulacra2
