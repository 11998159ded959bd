#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "imaging/pixels.hpp"

namespace pictor::imaging {

/// What several encoders need before they begin.

/// @error kFormatLimit  a side has more than `limit` px; the message names the format, the limit and the picture
[[nodiscard]] Result<void> check_sides(const Pixels& pixels, std::string_view format, int limit);

/// The same picture with 8 bits a sample, rounded.
[[nodiscard]] Pixels in_8_bits(const Pixels& pixels);

/// Whether any pixel of the picture lets the ground through.
[[nodiscard]] bool is_translucent(const Pixels& pixels);

/// Without the alpha band; the colours stay as they are.
[[nodiscard]] Pixels without_alpha(const Pixels& pixels);

/// Over white, without alpha: what formats without transparency show.
[[nodiscard]] Pixels over_white(const Pixels& pixels);

/// RGB or RGBA; grey is repeated.
[[nodiscard]] Pixels in_colour(const Pixels& pixels);

/// Butteraugli distance of a quality 1..100, as jpegli and libjxl map whole numbers; fractions lie between.
[[nodiscard]] float distance_of_quality(double quality);

/// `value` of a table with 10 entries, one for each effort.
template <class Table>
[[nodiscard]] constexpr auto by_effort(const Table& table, int effort) {
  static_assert(std::tuple_size_v<Table> == 10);
  return table[static_cast<std::size_t>(effort < 0 ? 0 : effort > 9 ? 9 : effort)];
}

}  // namespace pictor::imaging
