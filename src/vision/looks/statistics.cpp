#include "vision/looks/statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <functional>

namespace pictor::vision {
namespace {

constexpr int kParts = 4;

std::size_t colour_bin(const std::uint8_t* pixel) {
  return static_cast<std::size_t>(pixel[0] >> 3) << 10 | static_cast<std::size_t>(pixel[1] >> 3) << 5 | pixel[2] >> 3;
}

int largest_difference(const std::uint8_t* a, const std::uint8_t* b) {
  return std::max({std::abs(a[0] - b[0]), std::abs(a[1] - b[1]), std::abs(a[2] - b[2])});
}

double luma(const std::uint8_t* pixel) { return 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]; }

/// Tone and texture of one of the 4 × 4 parts.
struct Part {
  double tone = 0;
  double texture = 0;
  double count = 0;
};

struct Counts {
  double flat = 0, smooth = 0, hard = 0, light = 0, grey = 0, green = 0, energy = 0;
  std::vector<int> colours = std::vector<int>(32'768);
  std::array<Part, kParts * kParts> parts{};
  std::array<int, 3> lowest{255, 255, 255}, highest{0, 0, 0};
};

void count_pixel(Counts& counts, const std::uint8_t* pixel, int difference, Part& part) {
  counts.flat += difference == 0;
  counts.smooth += difference >= 1 && difference <= 24;
  counts.hard += difference >= 64;
  counts.energy += difference;
  const auto [darkest, lightest] = std::minmax({pixel[0], pixel[1], pixel[2]});
  counts.light += darkest >= 225;
  counts.grey += lightest - darkest <= 14;
  counts.green += pixel[1] > pixel[0] + 8 && pixel[1] > pixel[2] + 12;
  ++counts.colours[colour_bin(pixel)];
  for (std::size_t band = 0; band < 3; ++band) {
    counts.lowest[band] = std::min<int>(counts.lowest[band], pixel[band]);
    counts.highest[band] = std::max<int>(counts.highest[band], pixel[band]);
  }
  part.tone += luma(pixel);
  part.texture += difference;
  part.count += 1;
}

/// Runs of edge pixels along rows and along columns: an axis, a frame, a table's rule.
class Lines {
 public:
  explicit Lines(const Pixels& pixels) : columns_(static_cast<std::size_t>(pixels.width)) {}

  void start_row() { row_ = 0; }
  void add(int x, int to_the_right, int to_below) {
    row_ = to_below >= kEdge ? row_ + 1 : 0;
    longest_row_ = std::max(longest_row_, row_);
    int& column = columns_[static_cast<std::size_t>(x)];
    column = to_the_right >= kEdge ? column + 1 : 0;
    longest_column_ = std::max(longest_column_, column);
  }
  /// The shorter of the longest horizontal and the longest vertical line, as a share of its side.
  [[nodiscard]] double both(const Pixels& pixels) const {
    return std::min(static_cast<double>(longest_row_) / pixels.width,
                    static_cast<double>(longest_column_) / pixels.height);
  }

 private:
  static constexpr int kEdge = 24;
  int row_ = 0, longest_row_ = 0, longest_column_ = 0;
  std::vector<int> columns_;
};

Counts count(const Pixels& pixels, Lines& lines) {
  Counts counts;
  for (int y = 0; y < pixels.height; ++y) {
    const std::uint8_t* pixel = pixels.row(y);
    const std::uint8_t* below = pixels.row(std::min(y + 1, pixels.height - 1));
    lines.start_row();
    for (int x = 0; x < pixels.width; ++x, pixel += 3, below += 3) {
      const int to_the_right = x + 1 < pixels.width ? largest_difference(pixel, pixel + 3) : 0;
      const int to_below = largest_difference(pixel, below);
      lines.add(x, to_the_right, to_below);
      const int part = y * kParts / pixels.height * kParts + x * kParts / pixels.width;
      count_pixel(counts, pixel, std::max(to_the_right, to_below), counts.parts[static_cast<std::size_t>(part)]);
    }
  }
  return counts;
}

/// 1 when every part has the same mean tone and the same amount of texture, 0 when they vary as much as they can.
double evenness_of(const std::array<Part, kParts * kParts>& parts) {
  double tone = 0, texture = 0;
  for (const Part& part : parts) {
    tone += part.tone / std::max(1.0, part.count) / parts.size();
    texture += part.texture / std::max(1.0, part.count) / parts.size();
  }
  double tone_spread = 0, texture_spread = 0;
  for (const Part& part : parts) {
    tone_spread += std::pow(part.tone / std::max(1.0, part.count) - tone, 2) / parts.size();
    texture_spread += std::pow(part.texture / std::max(1.0, part.count) - texture, 2) / parts.size();
  }
  const double unlike = std::sqrt(tone_spread) / 64 + std::sqrt(texture_spread) / std::max(texture, 1.0);
  return std::clamp(1.0 - unlike, 0.0, 1.0);
}

double plain_border_of(const Pixels& pixels) {
  std::vector<const std::uint8_t*> border;
  for (int x = 0; x < pixels.width; ++x) {
    border.push_back(pixels.row(0) + std::ptrdiff_t{3} * x);
    border.push_back(pixels.row(pixels.height - 1) + std::ptrdiff_t{3} * x);
  }
  for (int y = 0; y < pixels.height; ++y) {
    border.push_back(pixels.row(y));
    border.push_back(pixels.row(y) + std::ptrdiff_t{3} * (pixels.width - 1));
  }
  std::vector<int> bins(32'768);
  const std::uint8_t* frequent = border.front();
  for (const std::uint8_t* pixel : border) {
    if (++bins[colour_bin(pixel)] > bins[colour_bin(frequent)]) {
      frequent = pixel;
    }
  }
  const auto alike = std::count_if(border.begin(), border.end(), [&](const std::uint8_t* pixel) {
    return largest_difference(pixel, frequent) <= 10;
  });
  return static_cast<double>(alike) / static_cast<double>(border.size());
}

}  // namespace

Statistics measure(const Pixels& pixels) {
  Lines lines(pixels);
  Counts counts = count(pixels, lines);
  const double all = static_cast<double>(pixels.width) * pixels.height;
  Statistics statistics;
  statistics.flat_share = counts.flat / all;
  statistics.smooth_share = counts.smooth / all;
  statistics.hard_edge_share = counts.hard / all;
  statistics.light_share = counts.light / all;
  statistics.grey_share = counts.grey / all;
  statistics.green_share = counts.green / all;
  statistics.edge_energy = counts.energy / all;
  std::partial_sort(counts.colours.begin(), counts.colours.begin() + 16, counts.colours.end(), std::greater<>());
  statistics.largest_share = counts.colours.front() / all;
  for (int i = 0; i < 16; ++i) {
    statistics.palette_share += counts.colours[static_cast<std::size_t>(i)] / all;
  }
  statistics.plain_border = plain_border_of(pixels);
  statistics.evenness = evenness_of(counts.parts);
  statistics.straight_line = lines.both(pixels);
  statistics.is_blank = true;
  for (std::size_t band = 0; band < 3; ++band) {
    statistics.is_blank = statistics.is_blank && counts.highest[band] - counts.lowest[band] <= 4;
  }
  return statistics;
}

}  // namespace pictor::vision
