#include "imaging/metrics/pyramid.hpp"

#include <algorithm>

namespace pictor::imaging::ssimulacra2 {

Size size_at(Size size, std::size_t scale) {
  for (; scale > 0; --scale) {
    size = {(size.width + 1) / 2, (size.height + 1) / 2};
  }
  return size;
}

Pyramid::Pyramid(const LinearRows& rows, std::size_t scales, BandSink& sink) : rows_(rows), sink_(sink) {
  for (std::size_t scale = 0; scale < scales; ++scale) {
    const Size size = size_at({rows.width(), rows.height()}, scale);
    levels_.push_back({.size = size, .band = LinearPlanes(size.width, kBand)});
  }
}

Pyramid::Rows Pyramid::rows_at(std::size_t scale, std::size_t y) const {
  const LinearPlanes& band = levels_[scale].band;
  return {band.row(0, y % kBand), band.row(1, y % kBand), band.row(2, y % kBand)};
}

void Pyramid::run() {
  for (std::size_t y = 0; y < rows_.height(); ++y) {
    const Rows rows = rows_at(0, y);
    rows_.read(y, rows[0], rows[1], rows[2]);
    have_row(0, y);
  }
}

void Pyramid::have_row(std::size_t scale, std::size_t y) {
  const Size size = levels_[scale].size;
  const Rows rows = rows_at(scale, y);
  const bool last = y + 1 == size.height;
  if (size.width % 2 != 0) {  // the last column stands for its missing neighbour, as the last row does
    for (float* row : rows) {
      row[size.width] = row[size.width - 1];
    }
  }
  if (scale + 1 < levels_.size() && (y % 2 != 0 || last)) {
    const Rows above = y % 2 != 0 ? rows_at(scale, y - 1) : rows;
    const Rows half = rows_at(scale + 1, y / 2);
    for (std::size_t plane = 0; plane < rows.size(); ++plane) {
      halve_row(above[plane], rows[plane], half[plane], (size.width + 1) / 2);
    }
    have_row(scale + 1, y / 2);
  }
  if (y % kBand == kBand - 1 || last) {
    hand_over(scale, y / kBand * kBand);
  }
}

void Pyramid::hand_over(std::size_t scale, std::size_t first) {
  const Size size = levels_[scale].size;
  const std::array<XybRow, kBand> to = sink_.rows_for(scale, first);
  for (std::size_t i = 0; i < kBand && first + i < size.height; ++i) {
    if (to[i][1] == nullptr) {
      continue;
    }
    const Rows rows = rows_at(scale, i);
    xyb_row(rows[0], rows[1], rows[2], to[i][0], to[i][1], to[i][2], size.width);
    for (float* row : to[i]) {
      if (row != nullptr) {
        std::fill(row + size.width, row + round_up(size.width, kBand), 0.0F);
      }
    }
  }
  sink_.take(scale, first);
}

}  // namespace pictor::imaging::ssimulacra2
