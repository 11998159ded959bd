#pragma once

#include <optional>
#include <vector>

#include "imaging/promise/score_curve.hpp"

namespace pictor::imaging {

/// What is wanted of a score, and which qualities there are.
struct ScoreGoal {
  double target = 82;       ///< SSIMULACRA2
  double least = 1;         ///< lowest quality that may be tried
  double most = 100;        ///< highest
  double step = 0.1;        ///< qualities nearer to each other than this give the same file
  double below = 0.2;       ///< a score this far under the target still keeps the promise
  double above = 0.6;       ///< one this far over it is near enough to stop at
  double aim_above = 0.12;  ///< where to aim inside that window
};

/// Finds the lowest quality whose score keeps a promise, in as few tries as it can.
///
/// What a picture loses (100 minus its score) is, over the whole range of qualities, nearly the same multiple of what
/// the ordinary picture of the curve loses. One try tells the multiple; two tell how it drifts with the quality. Tries
/// on both sides of the target bound the next one. Not thread-safe.
class QualityFinder {
 public:
  QualityFinder(ScoreCurve typical, const ScoreGoal& goal, double first_guess);

  /// Quality to try next; the same again and again until `tried` is told.
  [[nodiscard]] double next() const { return next_; }
  void tried(double quality, double score);
  /// True when another try could not give a smaller file that keeps the promise by more than the window's width.
  [[nodiscard]] bool settled() const { return settled_; }
  /// Index, in the order of tries, of the lowest quality that keeps the promise; nothing when none did.
  [[nodiscard]] std::optional<std::size_t> best() const;
  [[nodiscard]] bool kept(double score) const { return score >= goal_.target - goal_.below; }
  /// Where all tries together say that the target is.
  [[nodiscard]] double refined() const { return tries_.empty() ? next_ : estimate(); }

 private:
  struct Tried {
    double quality;
    double score;
    double log_loss_ratio;  ///< logarithm of what it loses over what the ordinary picture loses at this quality
  };
  [[nodiscard]] double estimate() const;
  [[nodiscard]] double log_ratio_at(double quality) const;

  ScoreCurve typical_;
  ScoreGoal goal_;
  double next_;
  bool settled_ = false;
  std::vector<Tried> tries_;
};

}  // namespace pictor::imaging
