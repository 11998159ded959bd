#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "imaging/promise/judged.hpp"
#include "imaging/promise/modes.hpp"
#include "imaging/promise/promise.hpp"
#include "imaging/promise/quality_finder.hpp"
#include "imaging/promise/time_budget.hpp"

namespace pictor::imaging {

/// Whether `a` is to be preferred: a kept promise first, then bytes.
[[nodiscard]] bool better(const Chosen& a, const Chosen& b);

/// Makes one picture's file in a format, and guesses what that would give. Not thread-safe.
class FormatSearch {
 public:
  FormatSearch(const Pixels& picture, Wanted wanted, Finish finish, std::stop_token stop)
      : wanted_(wanted),
        finish_(std::move(finish)),
        stop_(std::move(stop)),
        budget_(wanted.deadline, wanted.patience),
        whole_(picture) {}

  /// @error kFormatLimit, kMaxBytesUnreachable, kCancelled, those of `finish`
  [[nodiscard]] Result<Chosen> in_format(const Codec& codec);
  /// Bytes of the whole in this format at the score that is wanted; 0: only trying would tell.
  [[nodiscard]] double estimated_bytes(const Codec& codec);
  [[nodiscard]] bool time_for_another() const { return budget_.has_room_for(last_try_seconds_); }

 private:
  /// One encode of the whole picture.
  struct Trial {
    double quality = 0;
    double score = 0;
    Encoded file;
  };
  Result<Chosen> in_mode(const Codec& codec, EncodeSettings mode);
  Result<Chosen> by_score(const Codec& codec, EncodeSettings mode);
  Result<Chosen> by_size(const Codec& codec, EncodeSettings mode, double first_quality);
  Result<Chosen> once(const Codec& codec, const EncodeSettings& mode);

  Result<Trial> encode_whole(const Codec& codec, const EncodeSettings& settings);
  Result<void> judge(const Codec& codec, Trial& trial);
  Result<Chosen> finished(const Codec& codec, const EncodeSettings& mode, Trial trial, int tried);
  /// What quick tries say of a format.
  struct Scouted {
    double quality = 0;  ///< where the full effort should begin
    double bytes = 0;    ///< of the whole at the score that is wanted, estimated; 0: not known
    double encode_seconds = 0;
    std::optional<Trial> trial;  ///< the last one: a file in need
  };
  const Scouted& scout(const Codec& codec, const EncodeSettings& mode);
  [[nodiscard]] bool pays_to_scout(const Codec& codec, int effort) const;
  [[nodiscard]] ScoreGoal goal_for(const Codec& codec) const;
  [[nodiscard]] std::vector<EncodeSettings> modes_for(const Codec& codec);
  [[nodiscard]] int effort_for(const Codec& codec, const EncodeSettings& mode);

  Wanted wanted_;
  Finish finish_;
  std::stop_token stop_;
  TimeBudget budget_;
  Judged whole_;
  std::optional<Nature> nature_;
  std::map<std::pair<domain::ImageFormat, Chroma>, Scouted> scouted_;
  std::optional<Pixels> still_;  ///< first frame of an animation
  std::optional<Judged> still_judged_;
  double last_try_seconds_ = 0;
};

}  // namespace pictor::imaging
