#include "imaging/content/features.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <vector>

namespace pictor::imaging {
namespace {

constexpr std::size_t kSide = 16;
constexpr std::size_t kMostBlocks = 320;

/// A corner of the picture, on white.
struct Block {
  std::size_t width = 0;
  std::size_t height = 0;
  std::array<std::array<std::uint32_t, kSide>, kSide> colour{};
  std::array<std::array<int, kSide>, kSide> luma{};
  std::array<std::array<int, kSide>, kSide> blue{};  ///< chroma: blue and red less luma
  std::array<std::array<int, kSide>, kSide> red{};
};

/// Everything that is counted.
struct Counts {
  double samples = 0;
  double steps = 0;
  double equal = 0;
  double flat = 0;
  double soft = 0;
  double middle = 0;
  double hard = 0;
  double strong = 0;        ///< steps of 32 and more with both neighbours in the block
  double strong_clean = 0;  ///< those that are flat on both sides
  double fine = 0;
  double coarse = 0;
  double coarse_steps = 0;
  double chroma = 0;
  double chroma_hard = 0;
  double quads = 0;
  double saturation = 0;
  std::vector<double> noises;
  std::vector<std::uint32_t> bins = std::vector<std::uint32_t>(32'768);
  std::vector<std::uint64_t> seen = std::vector<std::uint64_t>(4'096);  ///< bits: colours by their hash
};

class Sampler {
 public:
  explicit Sampler(const Pixels& pixels)
      : pixels_(pixels),
        bands_(static_cast<std::size_t>(pixels.bands)),
        step_(static_cast<std::size_t>(pixels.bits / 8)) {}

  void load(std::size_t left, std::size_t top, Block& block, Counts& counts) const {
    block.width = std::min(kSide, static_cast<std::size_t>(pixels_.width) - left);
    block.height = std::min(kSide, static_cast<std::size_t>(pixels_.height) - top);
    const std::size_t green_band = bands_ > 2 ? 1 : 0;
    const std::size_t blue_band = bands_ > 2 ? 2 : 0;
    for (std::size_t y = 0; y < block.height; ++y) {
      const std::uint8_t* row = pixels_.bytes.data() + (top + y) * pixels_.row_bytes() + left * bands_ * step_;
      for (std::size_t x = 0; x < block.width; ++x, row += bands_ * step_) {
        const int alpha = pixels_.has_alpha() ? sample(row, bands_ - 1) : 255;
        const int r = on_white(sample(row, 0), alpha);
        const int g = on_white(sample(row, green_band), alpha);
        const int b = on_white(sample(row, blue_band), alpha);
        const int luma = (77 * r + 150 * g + 29 * b) / 256;
        block.colour[y][x] = static_cast<std::uint32_t>(r << 16 | g << 8 | b);
        block.luma[y][x] = luma;
        block.blue[y][x] = (b - luma) * 9 / 16;
        block.red[y][x] = (r - luma) * 3 / 4;
        counts.saturation += std::max({r, g, b}) - std::min({r, g, b});
        ++counts.bins[static_cast<std::size_t>((r >> 3) << 10 | (g >> 3) << 5 | b >> 3)];
        const std::uint32_t hash = block.colour[y][x] * 2'654'435'761U >> 14U;  // 18 bits
        counts.seen[hash / 64] |= std::uint64_t{1} << hash % 64;
      }
    }
    counts.samples += static_cast<double>(block.width * block.height);
  }

 private:
  [[nodiscard]] int sample(const std::uint8_t* pixel, std::size_t band) const {
    constexpr std::size_t kHighByte = std::endian::native == std::endian::little ? 1 : 0;
    return pixel[step_ == 1 ? band : 2 * band + kHighByte];
  }
  static int on_white(int value, int alpha) {
    return alpha == 255 ? value : (value * alpha + 255 * (255 - alpha)) / 255;
  }

  const Pixels& pixels_;
  std::size_t bands_;
  std::size_t step_;
};

void count_step(const Block& block, std::size_t y, std::size_t x, std::size_t down, std::size_t right, Counts& counts) {
  const std::size_t y2 = y + down;
  const std::size_t x2 = x + right;
  const int step = std::abs(block.luma[y2][x2] - block.luma[y][x]);
  ++counts.steps;
  counts.fine += step;
  counts.equal += block.colour[y2][x2] == block.colour[y][x] ? 1 : 0;
  (step <= 2 ? counts.flat : step < 12 ? counts.soft : step < 48 ? counts.middle : counts.hard) += 1;
  const bool inside = y >= down && x >= right && y2 + down < block.height && x2 + right < block.width;
  if (step >= 32 && inside) {
    const int before = std::abs(block.luma[y][x] - block.luma[y - down][x - right]);
    const int after = std::abs(block.luma[y2 + down][x2 + right] - block.luma[y2][x2]);
    ++counts.strong;
    counts.strong_clean += before <= 6 && after <= 6 ? 1 : 0;
  }
}

void count_steps(const Block& block, Counts& counts) {
  for (std::size_t y = 0; y < block.height; ++y) {
    for (std::size_t x = 0; x + 1 < block.width; ++x) {
      count_step(block, y, x, 0, 1, counts);
    }
  }
  for (std::size_t y = 0; y + 1 < block.height; ++y) {
    for (std::size_t x = 0; x < block.width; ++x) {
      count_step(block, y, x, 1, 0, counts);
    }
  }
}

/// The Laplacian of Immerkær, "Fast Noise Variance Estimation" (1996): blind to slopes.
void count_noise(const Block& block, Counts& counts) {
  double sum = 0;
  double count = 0;
  for (std::size_t y = 1; y + 1 < block.height; ++y) {
    for (std::size_t x = 1; x + 1 < block.width; ++x) {
      const auto at = [&](std::size_t row, std::size_t column) { return block.luma[row][column]; };
      sum += std::abs(at(y - 1, x - 1) + at(y - 1, x + 1) + at(y + 1, x - 1) + at(y + 1, x + 1) + 4 * at(y, x) -
                      2 * (at(y - 1, x) + at(y + 1, x) + at(y, x - 1) + at(y, x + 1)));
      ++count;
    }
  }
  if (sum > 0) {  // blank blocks say nothing
    counts.noises.push_back(sum / count);
  }
}

void count_coarse(const Block& block, Counts& counts) {
  std::array<std::array<int, kSide / 4>, kSide / 4> means{};
  const std::size_t rows = block.height / 4;
  const std::size_t columns = block.width / 4;
  for (std::size_t y = 0; y < rows * 4; ++y) {
    for (std::size_t x = 0; x < columns * 4; ++x) {
      means[y / 4][x / 4] += block.luma[y][x];
    }
  }
  for (std::size_t y = 0; y < rows; ++y) {
    for (std::size_t x = 0; x < columns; ++x) {
      if (x + 1 < columns) {
        counts.coarse += std::abs(means[y][x + 1] - means[y][x]) / 16.0;
        ++counts.coarse_steps;
      }
      if (y + 1 < rows) {
        counts.coarse += std::abs(means[y + 1][x] - means[y][x]) / 16.0;
        ++counts.coarse_steps;
      }
    }
  }
}

void count_chroma(const Block& block, Counts& counts) {
  for (std::size_t y = 0; y + 1 < block.height; y += 2) {
    for (std::size_t x = 0; x + 1 < block.width; x += 2) {
      double lost = 0;
      for (const auto* plane : {&block.blue, &block.red}) {
        const std::array<int, 4> of{(*plane)[y][x], (*plane)[y][x + 1], (*plane)[y + 1][x], (*plane)[y + 1][x + 1]};
        const int sum = of[0] + of[1] + of[2] + of[3];
        for (const int value : of) {
          lost += std::abs(4 * value - sum) / 16.0;
        }
      }
      ++counts.quads;
      counts.chroma += lost;
      counts.chroma_hard += lost > 12 ? 1 : 0;
    }
  }
}

double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

double distinct_colours(const Counts& counts) {
  double bits = 0;
  for (const std::uint64_t word : counts.seen) {
    bits += std::popcount(word);
  }
  const auto places = static_cast<double>(counts.seen.size() * 64);
  return -places * std::log1p(-std::min(bits, places - 1) / places);  // linear counting: hashes meet
}

Features features_from(const Pixels& pixels, Counts& counts) {
  Features features;
  features[Feature::kLogPixels] = std::log2(static_cast<double>(pixels.width) * pixels.height);
  features[Feature::kEqualShare] = share(counts.equal, counts.steps);
  features[Feature::kFlatShare] = share(counts.flat, counts.steps);
  features[Feature::kSoftShare] = share(counts.soft, counts.steps);
  features[Feature::kMiddleShare] = share(counts.middle, counts.steps);
  features[Feature::kHardShare] = share(counts.hard, counts.steps);
  features[Feature::kHardness] = share(counts.strong_clean, counts.strong);
  features[Feature::kColours] = std::log2(1 + distinct_colours(counts)) / std::log2(1 + counts.samples);
  std::partial_sort(counts.bins.begin(), counts.bins.begin() + 16, counts.bins.end(), std::greater<>());
  double top = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    top += counts.bins[i];
  }
  features[Feature::kTopShare] = share(counts.bins[0], counts.samples);
  features[Feature::kTop16Share] = share(top, counts.samples);
  if (!counts.noises.empty()) {
    const auto quiet = counts.noises.begin() + static_cast<std::ptrdiff_t>(counts.noises.size() / 4);
    std::nth_element(counts.noises.begin(), quiet, counts.noises.end());
    features[Feature::kNoise] = std::log2(1 + *quiet);
  }
  features[Feature::kFineEnergy] = std::log2(1 + share(counts.fine, counts.steps));
  features[Feature::kCoarseEnergy] = std::log2(1 + share(counts.coarse, counts.coarse_steps));
  features[Feature::kChromaLoss] = std::log2(1 + share(counts.chroma, counts.quads));
  features[Feature::kHardChromaShare] = share(counts.chroma_hard, counts.quads);
  features[Feature::kSaturation] = share(counts.saturation, counts.samples * 255);
  return features;
}

}  // namespace

Features features_of(const Pixels& pixels) {
  if (pixels.width < 1 || pixels.height < 1) {
    return {};
  }
  const std::size_t columns = (static_cast<std::size_t>(pixels.width) + kSide - 1) / kSide;
  const std::size_t rows = (static_cast<std::size_t>(pixels.height) + kSide - 1) / kSide;
  const std::size_t blocks = columns * rows;
  const std::size_t looked = std::min(blocks, kMostBlocks);
  const Sampler sampler(pixels);
  Counts counts;
  Block block;
  for (std::size_t i = 0; i < looked; ++i) {
    // A stride through all blocks that is no multiple of a row's: spread both ways.
    const std::size_t at = i * blocks / looked;
    sampler.load(at % columns * kSide, at / columns * kSide, block, counts);
    count_steps(block, counts);
    count_noise(block, counts);
    count_coarse(block, counts);
    count_chroma(block, counts);
  }
  return features_from(pixels, counts);
}

}  // namespace pictor::imaging
