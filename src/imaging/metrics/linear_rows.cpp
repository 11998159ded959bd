#include "imaging/metrics/linear_rows.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace pictor::imaging::ssimulacra2 {
namespace {

constexpr std::size_t kLeastSide = 8;

/// IEC 61966-2-1 by the reference's rational polynomial (transfer_functions-inl.h), in its own order of operations: a
/// last bit that differs is enough to shift a flat picture's score by 0.3.
float to_linear(float encoded) {
  constexpr std::array kAbove{2.200248328e-04F, 1.043637593e-02F, 1.624820318e-01F, 7.961564959e-01F, 8.210152774e-01F};
  constexpr std::array kBelow{2.631846970e-01F, 1.076976492e+00F, 4.987528350e-01F, -5.512498495e-02F,
                              6.521209011e-03F};
  if (encoded <= 0.04045F) {
    return encoded * (1.0F / 12.92F);
  }
  float above = kAbove[4];
  float below = kBelow[4];
  for (std::size_t i = 4; i-- > 0;) {
    above = std::fma(above, encoded, kAbove[i]);
    below = std::fma(below, encoded, kBelow[i]);
  }
  return above / below;
}

std::vector<float> make_table(std::size_t size) {
  std::vector<float> table(size);
  const float scale = 1.0F / static_cast<float>(size - 1);
  for (std::size_t i = 0; i < size; ++i) {
    table[i] = to_linear(static_cast<float>(i) * scale);
  }
  return table;
}

template <class Sample>
const float* linear_table() {
  static const std::vector<float> table = make_table(std::size_t{std::numeric_limits<Sample>::max()} + 1);
  return table.data();
}

/// As browsers lay it over: in the encoded numbers, rounded.
template <class Sample>
std::uint32_t over(std::uint32_t value, std::uint32_t alpha, Ground ground) {
  constexpr std::uint64_t kMost = std::numeric_limits<Sample>::max();
  const std::uint64_t below = ground == Ground::kWhite ? kMost : 0;
  return static_cast<std::uint32_t>((value * std::uint64_t{alpha} + below * (kMost - alpha) + kMost / 2) / kMost);
}

template <class Sample>
Sample sample_at(const std::uint8_t* bytes, std::size_t index) {
  Sample sample;
  std::memcpy(&sample, bytes + index * sizeof(Sample), sizeof(Sample));
  return sample;
}

}  // namespace

LinearRows::LinearRows(const Pixels& pixels, Ground ground)
    : pixels_(pixels),
      ground_(ground),
      width_(std::max(kLeastSide, static_cast<std::size_t>(pixels.width))),
      height_(std::max(kLeastSide, static_cast<std::size_t>(pixels.height))) {}

template <class Sample>
void LinearRows::read_as(std::size_t y, float* red, float* green, float* blue) const {
  const float* table = linear_table<Sample>();
  const auto bands = static_cast<std::size_t>(pixels_.bands);
  const auto columns = static_cast<std::size_t>(pixels_.width);
  const std::size_t row = std::min(y, static_cast<std::size_t>(pixels_.height) - 1);
  const std::uint8_t* from = pixels_.bytes.data() + row * pixels_.row_bytes();
  const auto at = [&](std::size_t index) { return std::uint32_t{sample_at<Sample>(from, index)}; };
  if (bands == 3) {
    for (std::size_t x = 0; x < columns; ++x) {
      red[x] = table[at(3 * x)];
      green[x] = table[at(3 * x + 1)];
      blue[x] = table[at(3 * x + 2)];
    }
  } else {
    const std::size_t green_band = bands > 2 ? 1 : 0;
    const std::size_t blue_band = bands > 2 ? 2 : 0;
    for (std::size_t x = 0; x < columns; ++x) {
      const std::size_t pixel = x * bands;
      const std::uint32_t alpha =
          pixels_.has_alpha() ? at(pixel + bands - 1) : std::uint32_t{std::numeric_limits<Sample>::max()};
      red[x] = table[over<Sample>(at(pixel), alpha, ground_)];
      green[x] = table[over<Sample>(at(pixel + green_band), alpha, ground_)];
      blue[x] = table[over<Sample>(at(pixel + blue_band), alpha, ground_)];
    }
  }
  for (float* plane : {red, green, blue}) {
    std::fill(plane + columns, plane + std::max(columns, width_), plane[columns - 1]);
  }
}

void LinearRows::read(std::size_t y, float* red, float* green, float* blue) const {
  pixels_.bits == 16 ? read_as<std::uint16_t>(y, red, green, blue) : read_as<std::uint8_t>(y, red, green, blue);
}

bool is_see_through(const Pixels& pixels) {
  if (!pixels.has_alpha()) {
    return false;
  }
  const auto bands = static_cast<std::size_t>(pixels.bands);
  const std::size_t count = static_cast<std::size_t>(pixels.width) * static_cast<std::size_t>(pixels.height);
  const std::uint8_t* bytes = pixels.bytes.data();
  for (std::size_t i = bands - 1; i < count * bands; i += bands) {
    const bool opaque =
        pixels.bits == 16 ? sample_at<std::uint16_t>(bytes, i) == 0xFFFF : sample_at<std::uint8_t>(bytes, i) == 0xFF;
    if (!opaque) {
      return true;
    }
  }
  return false;
}

}  // namespace pictor::imaging::ssimulacra2
