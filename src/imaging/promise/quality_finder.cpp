#include "imaging/promise/quality_finder.hpp"

#include <algorithm>
#include <cmath>

namespace pictor::imaging {
namespace {

/// What a score says is lost. Never nothing: the best files lose a trace.
double loss(double score) { return std::max(100.0 - score, 0.05); }

}  // namespace

QualityFinder::QualityFinder(ScoreCurve typical, const ScoreGoal& goal, double first_guess)
    : typical_(typical), goal_(goal), next_(std::clamp(first_guess, goal.least, goal.most)) {}

void QualityFinder::tried(double quality, double score) {
  tries_.push_back({quality, score, std::log(loss(score) / loss(typical_.score_at(quality)))});
  if (kept(score) && score <= goal_.target + goal_.above) {
    settled_ = true;
    return;
  }
  if ((!kept(score) && quality >= goal_.most) || (kept(score) && quality <= goal_.least)) {
    settled_ = true;
    return;
  }
  const double wanted = estimate();
  settled_ = std::any_of(tries_.begin(), tries_.end(),
                         [this, wanted](const Tried& other) { return std::abs(other.quality - wanted) < goal_.step; });
  next_ = wanted;
  if (settled_ && !best()) {
    // Nothing near kept it: before the promise is given up, the best that there is.
    next_ = goal_.most;
    settled_ = false;
  }
}

std::optional<std::size_t> QualityFinder::best() const {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < tries_.size(); ++i) {
    if (kept(tries_[i].score) && (!best || tries_[i].quality < tries_[*best].quality)) {
      best = i;
    }
  }
  return best;
}

/// Straight between and a little beyond the two tries whose scores are nearest to the target.
double QualityFinder::log_ratio_at(double quality) const {
  std::vector<Tried> nearest = tries_;
  std::sort(nearest.begin(), nearest.end(), [this](const Tried& a, const Tried& b) {
    return std::abs(a.score - goal_.target) < std::abs(b.score - goal_.target);
  });
  const Tried& first = nearest.front();
  // Tries that lie side by side tell more of their noise than of a drift.
  const auto second = std::find_if(nearest.begin() + 1, nearest.end(), [&first](const Tried& other) {
    return std::abs(other.quality - first.quality) > 0.5;
  });
  if (second == nearest.end()) {
    return first.log_loss_ratio;
  }
  const double drift = (second->log_loss_ratio - first.log_loss_ratio) / (second->quality - first.quality);
  const double span = std::abs(second->quality - first.quality);
  const double way = std::clamp(quality - first.quality, -1.5 * span, 1.5 * span);
  return first.log_loss_ratio + drift * way;
}

double QualityFinder::estimate() const {
  const double wanted_loss = loss(goal_.target + goal_.aim_above);
  double low = goal_.least;
  double high = goal_.most;
  for (const Tried& tried : tries_) {
    (loss(tried.score) > wanted_loss ? low : high) =
        loss(tried.score) > wanted_loss ? std::max(low, tried.quality) : std::min(high, tried.quality);
  }
  if (low > high) {
    // Noise: a higher quality read lower. The promise counts.
    high = goal_.most;
  }
  // Halving, not stepping: where the curve is flat, steps run away to and fro.
  constexpr int kRounds = 24;
  for (int i = 0; i < kRounds; ++i) {
    const double middle = (low + high) / 2;
    const double expected = loss(typical_.score_at(middle)) * std::exp(log_ratio_at(middle));
    (expected > wanted_loss ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace pictor::imaging
