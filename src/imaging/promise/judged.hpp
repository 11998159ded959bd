#pragma once

#include <optional>

#include "imaging/metrics/ssimulacra2.hpp"
#include "imaging/pixels.hpp"

namespace pictor::imaging {

/// A picture with the metric's side of it, which is made when a score is first asked for. Not thread-safe.
class Judged {
 public:
  /// @param picture  must outlive it
  explicit Judged(const Pixels& picture) : picture_(picture) {}

  [[nodiscard]] const Pixels& picture() const { return picture_; }
  /// SSIMULACRA2 of what a file shows.
  [[nodiscard]] double score(const Pixels& shown) {
    if (!metric_) {
      metric_.emplace(picture_);
    }
    return metric_->score(shown);
  }

 private:
  const Pixels& picture_;
  std::optional<Ssimulacra2> metric_;
};

}  // namespace pictor::imaging
