#include "vision/looks/blurhash.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "vision/resample.hpp"

namespace pictor::vision {
namespace {

constexpr char kDigits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";
constexpr int kSample = 32;  // px: the lowest cosines need no more

using Colour = std::array<double, 3>;

double to_linear(double value) {
  value /= 255;
  return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

int to_srgb(double value) {
  value = std::clamp(value, 0.0, 1.0);
  return static_cast<int>(
      std::lround((value <= 0.0031308 ? value * 12.92 : 1.055 * std::pow(value, 1 / 2.4) - 0.055) * 255));
}

std::string base83(int value, int length) {
  std::string text(static_cast<std::size_t>(length), '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit) {
    *digit = kDigits[value % 83];
    value /= 83;
  }
  return text;
}

Colour cosine_of(const std::vector<double>& linear, int column, int row) {
  Colour sum{};
  for (int y = 0; y < kSample; ++y) {
    for (int x = 0; x < kSample; ++x) {
      const double basis =
          std::cos(std::numbers::pi * column * x / kSample) * std::cos(std::numbers::pi * row * y / kSample);
      for (std::size_t band = 0; band < 3; ++band) {
        sum[band] += basis * linear[3 * static_cast<std::size_t>(y * kSample + x) + band];
      }
    }
  }
  const double scale = (column == 0 && row == 0 ? 1.0 : 2.0) / (kSample * kSample);
  for (double& value : sum) {
    value *= scale;
  }
  return sum;
}

int quantised(double value, double largest) {
  const double ratio = value / largest;
  const double root = std::copysign(std::sqrt(std::abs(ratio)), ratio);
  return std::clamp(static_cast<int>(std::floor(root * 9 + 9.5)), 0, 18);
}

}  // namespace

std::string blurhash(const Pixels& pixels, int columns, int rows) {
  std::vector<double> linear;
  for (const float value : resample(pixels, whole(pixels), kSample, kSample, Filter::kBilinear)) {
    linear.push_back(to_linear(static_cast<double>(value)));
  }
  std::vector<Colour> cosines;
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      cosines.push_back(cosine_of(linear, column, row));
    }
  }
  double largest = 0;
  for (auto cosine = cosines.begin() + 1; cosine != cosines.end(); ++cosine) {
    for (const double value : *cosine) {
      largest = std::max(largest, std::abs(value));
    }
  }
  const int largest_step = std::clamp(static_cast<int>(std::floor(largest * 166 - 0.5)), 0, 82);
  const Colour& mean = cosines.front();
  std::string text = base83(columns - 1 + (rows - 1) * 9, 1) + base83(largest_step, 1) +
                     base83(to_srgb(mean[0]) << 16 | to_srgb(mean[1]) << 8 | to_srgb(mean[2]), 4);
  for (auto cosine = cosines.begin() + 1; cosine != cosines.end(); ++cosine) {
    const double scale = (largest_step + 1) / 166.0;
    const int value =
        quantised((*cosine)[0], scale) * 19 * 19 + quantised((*cosine)[1], scale) * 19 + quantised((*cosine)[2], scale);
    text += base83(value, 2);
  }
  return text;
}

}  // namespace pictor::vision
