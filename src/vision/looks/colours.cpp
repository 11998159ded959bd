#include "vision/looks/colours.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace pictor::vision {
namespace {

constexpr int kGrid = 64;
constexpr std::size_t kMeans = 10;
constexpr int kRounds = 12;
constexpr double kAlike = 0.07;  // OKLab distance under which two means are one colour to the eye
constexpr double kSmallestShare = 0.03;
constexpr std::size_t kMostColours = 6;

struct Sample {
  std::array<double, 3> rgb{};
  std::array<double, 3> lab{};
};

struct Mean {
  std::array<double, 3> rgb{};
  std::array<double, 3> lab{};
  double count = 0;
};

double to_linear(double value) {
  value /= 255;
  return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

double distance(const std::array<double, 3>& a, const std::array<double, 3>& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

std::vector<Sample> samples_of(const Pixels& pixels) {
  std::vector<Sample> samples;
  for (int row = 0; row < kGrid; ++row) {
    for (int column = 0; column < kGrid; ++column) {
      const int y = (2 * row + 1) * pixels.height / (2 * kGrid), x = (2 * column + 1) * pixels.width / (2 * kGrid);
      const std::uint8_t* pixel = pixels.row(y) + std::ptrdiff_t{3} * x;
      Sample sample;
      sample.rgb = {static_cast<double>(pixel[0]), static_cast<double>(pixel[1]), static_cast<double>(pixel[2])};
      sample.lab = to_oklab(sample.rgb[0], sample.rgb[1], sample.rgb[2]);
      samples.push_back(sample);
    }
  }
  return samples;
}

/// Starting means: the first sample, then again and again the sample farthest from all so far.
std::vector<Mean> spread_out(const std::vector<Sample>& samples) {
  std::vector<Mean> means{{samples.front().rgb, samples.front().lab, 0}};
  std::vector<double> nearest(samples.size(), 1e9);
  while (means.size() < kMeans) {
    std::size_t farthest = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      nearest[i] = std::min(nearest[i], distance(samples[i].lab, means.back().lab));
      if (nearest[i] > nearest[farthest]) {
        farthest = i;
      }
    }
    if (nearest[farthest] < 0.02) {
      break;
    }
    means.push_back({samples[farthest].rgb, samples[farthest].lab, 0});
  }
  return means;
}

void improve(std::vector<Mean>& means, const std::vector<Sample>& samples) {
  std::vector<Mean> sums(means.size());
  for (const Sample& sample : samples) {
    const auto nearest = std::min_element(means.begin(), means.end(), [&](const Mean& a, const Mean& b) {
      return distance(sample.lab, a.lab) < distance(sample.lab, b.lab);
    });
    Mean& sum = sums[static_cast<std::size_t>(nearest - means.begin())];
    for (std::size_t band = 0; band < 3; ++band) {
      sum.rgb[band] += sample.rgb[band];
      sum.lab[band] += sample.lab[band];
    }
    sum.count += 1;
  }
  std::erase_if(sums, [](const Mean& sum) { return sum.count < 1; });
  for (Mean& sum : sums) {
    for (std::size_t band = 0; band < 3; ++band) {
      sum.rgb[band] /= sum.count;
      sum.lab[band] /= sum.count;
    }
  }
  means = std::move(sums);
}

void join_alike(std::vector<Mean>& means) {
  for (std::size_t i = 0; i < means.size(); ++i) {
    for (std::size_t j = means.size() - 1; j > i; --j) {
      if (distance(means[i].lab, means[j].lab) < kAlike) {
        const double part = means[j].count / (means[i].count + means[j].count);
        for (std::size_t band = 0; band < 3; ++band) {
          means[i].rgb[band] += (means[j].rgb[band] - means[i].rgb[band]) * part;
          means[i].lab[band] += (means[j].lab[band] - means[i].lab[band]) * part;
        }
        means[i].count += means[j].count;
        means.erase(means.begin() + static_cast<std::ptrdiff_t>(j));
      }
    }
  }
}

std::string hex_of(const std::array<double, 3>& rgb) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string text = "#";
  for (const double band : rgb) {
    const auto value = static_cast<unsigned>(std::clamp(std::lround(band), 0L, 255L));
    text += {kHex[value / 16], kHex[value % 16]};
  }
  return text;
}

std::string grey_name(double lightness) {
  if (lightness < 0.24) {
    return "black";
  }
  if (lightness < 0.48) {
    return "dark grey";
  }
  if (lightness < 0.78) {
    return "grey";
  }
  return lightness < 0.94 ? "light grey" : "white";
}

std::string hue_name(double lightness, double chroma, double hue) {
  if (hue >= 25 && hue < 95 && lightness < 0.58 && chroma < 0.14) {
    return "brown";
  }
  if (hue >= 45 && hue < 115 && lightness > 0.72 && chroma < 0.08) {
    return "beige";
  }
  struct Row {
    double end;
    const char* name;
  };
  // Ends of hues in degrees of OKLab; pure red is 29, orange 70, yellow 110, green 142, cyan 195, blue 264, magenta
  // 328.
  constexpr std::array kRows{Row{10, "pink"},    Row{42, "red"},     Row{78, "orange"},
                             Row{118, "yellow"}, Row{172, "green"},  Row{220, "turquoise"},
                             Row{285, "blue"},   Row{330, "purple"}, Row{360, "pink"}};
  for (const Row& row : kRows) {
    if (hue < row.end) {
      const bool is_pale_red = std::string(row.name) == "red" && lightness > 0.72;
      return is_pale_red ? "pink" : row.name;
    }
  }
  return "pink";
}

}  // namespace

std::array<double, 3> to_oklab(double red, double green, double blue) {
  const double r = to_linear(red), g = to_linear(green), b = to_linear(blue);
  const double l = std::cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const double m = std::cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const double s = std::cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return {0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
          1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
          0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s};
}

std::string colour_name(double red, double green, double blue) {
  const auto [lightness, a, b] = to_oklab(red, green, blue);
  const double chroma = std::hypot(a, b);
  // Dark colours need more chroma to look coloured at all.
  if (chroma < (lightness < 0.35 ? 0.045 : 0.03)) {
    return grey_name(lightness);
  }
  double hue = std::atan2(b, a) * 180 / std::numbers::pi;
  hue = hue < 0 ? hue + 360 : hue;
  const std::string name = hue_name(lightness, chroma, hue);
  const bool has_own_lightness = name == "beige" || name == "pink" || name == "yellow" || name == "orange";
  if (lightness < 0.42 && name != "beige") {
    return "dark " + name;
  }
  return lightness > 0.78 && !has_own_lightness ? "light " + name : name;
}

std::vector<domain::ColourShare> main_colours(const Pixels& pixels) {
  const std::vector<Sample> samples = samples_of(pixels);
  std::vector<Mean> means = spread_out(samples);
  for (int round = 0; round < kRounds; ++round) {
    improve(means, samples);
  }
  join_alike(means);
  std::stable_sort(means.begin(), means.end(), [](const Mean& a, const Mean& b) { return a.count > b.count; });
  std::vector<domain::ColourShare> colours;
  for (const Mean& mean : means) {
    const double share = mean.count / static_cast<double>(samples.size());
    if (colours.size() < kMostColours && (share >= kSmallestShare || colours.empty())) {
      colours.push_back({hex_of(mean.rgb), colour_name(mean.rgb[0], mean.rgb[1], mean.rgb[2]), share});
    }
  }
  return colours;
}

}  // namespace pictor::vision
