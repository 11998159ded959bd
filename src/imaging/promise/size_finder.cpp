#include "imaging/promise/size_finder.hpp"

#include <algorithm>
#include <cmath>

namespace pictor::imaging {
namespace {

constexpr double kLeast = 1;
constexpr double kMost = 100;
constexpr std::size_t kMostTries = 9;
/// Of the logarithm, an ordinary encoder's: bytes double every 23 steps of quality.
constexpr double kTypicalSlope = 0.03;
constexpr double kFilled = 0.97;

}  // namespace

SizeFinder::SizeFinder(std::int64_t most_bytes, double first_guess, double step)
    : wanted_(std::log(static_cast<double>(most_bytes))), step_(step), next_(std::clamp(first_guess, kLeast, kMost)) {}

void SizeFinder::tried(double quality, std::int64_t bytes) {
  tries_.push_back({quality, std::log(static_cast<double>(std::max<std::int64_t>(bytes, 1)))});
  const Tried* below = nullptr;
  const Tried* above = nullptr;
  for (const Tried& tried : tries_) {
    const bool fits = tried.log_bytes <= wanted_;
    if (fits && (below == nullptr || tried.quality > below->quality)) {
      below = &tried;
    }
    if (!fits && (above == nullptr || tried.quality < above->quality)) {
      above = &tried;
    }
  }
  const bool filled = below != nullptr && below->log_bytes >= wanted_ + std::log(kFilled);
  const bool at_the_end =
      (below != nullptr && below->quality >= kMost) || (above != nullptr && above->quality <= kLeast);
  const bool close = below != nullptr && above != nullptr && above->quality - below->quality <= 1.5 * step_;
  settled_ = filled || at_the_end || close || tries_.size() >= kMostTries;
  if (settled_) {
    return;
  }
  // A little under what is wanted: a file that is too large is worth nothing.
  const double aim = wanted_ + std::log(0.985);
  double wanted = 0;
  if (below != nullptr && above != nullptr) {
    const double part = (aim - below->log_bytes) / std::max(above->log_bytes - below->log_bytes, 1e-9);
    // Never so near to an end that the bracket would hardly shrink.
    wanted = below->quality + std::clamp(part, 0.08, 0.92) * (above->quality - below->quality);
  } else {
    const Tried& last = below != nullptr ? *below : *above;
    double slope = kTypicalSlope;
    if (tries_.size() >= 2) {
      const Tried& a = tries_[tries_.size() - 1];
      const Tried& b = tries_[tries_.size() - 2];
      slope = std::clamp((a.log_bytes - b.log_bytes) / (a.quality - b.quality), 0.008, 0.12);
    }
    wanted = last.quality + (aim - last.log_bytes) / slope;
    // Far away the course bends; half the way to the end at most.
    wanted = below != nullptr ? std::min(wanted, last.quality + std::max(10.0, (kMost - last.quality) * 0.7))
                              : std::max(wanted, last.quality - std::max(10.0, (last.quality - kLeast) * 0.7));
  }
  next_ = std::clamp(wanted, kLeast, kMost);
}

}  // namespace pictor::imaging
