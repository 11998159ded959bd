#include "imaging/promise/format_search.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "imaging/promise/nature.hpp"
#include "imaging/promise/size_finder.hpp"

namespace pictor::imaging {
namespace {

using Clock = std::chrono::steady_clock;
using domain::ImageFormat;

constexpr int kScoutEffort = 1;
constexpr int kScoutTries = 2;
/// From which effort on a try costs at least twice what a scout costs (docs/effort.md).
int effort_worth_scouting(ImageFormat format) {
  switch (format) {
    case ImageFormat::kWebp:
    case ImageFormat::kJxl:
      return 3;
    case ImageFormat::kAvif:
      return 6;
    default:
      return 10;
  }
}
constexpr int kUsualTries = 4;
constexpr int kMostTries = 7;
constexpr double kFarAbove = 1.0;
/// Of the logarithm of the bytes, with a point of the score; good enough to compare formats.
constexpr double kBytesAPoint = 0.04;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

Pixels first_frame(const Pixels& animation) {
  Pixels still;
  still.width = animation.width;
  still.height = animation.height;
  still.bands = animation.bands;
  still.bits = animation.bits;
  const std::span<const std::uint8_t> frame = animation.frame(0);
  still.bytes.assign(frame.begin(), frame.end());
  return still;
}

Error cancelled() { return {ErrorCode::kCancelled, "The job was cancelled."}; }

bool is_lossy(const EncodeSettings& mode) { return !mode.lossless && !mode.palette; }

}  // namespace

/// Whether `a` is to be preferred: a kept promise first, then bytes.
bool better(const Chosen& a, const Chosen& b) {
  const bool a_keeps = a.limited_by.empty();
  const bool b_keeps = b.limited_by.empty();
  if (a_keeps != b_keeps) {
    return a_keeps;
  }
  return a_keeps || !a.score || !b.score ? a.bytes.size() < b.bytes.size() : *a.score > *b.score;
}

std::vector<EncodeSettings> FormatSearch::modes_for(const Codec& codec) {
  if (!nature_) {
    nature_ = nature_of(whole_.picture());
  }
  std::vector<EncodeSettings> modes = modes_of(codec.format, *nature_, wanted_.lossless, wanted_.palette);
  if (!wanted_.score && !wanted_.lossless && is_lossy(modes.front())) {
    // A quality or a number of bytes was asked for: that is a lossy file.
    modes.resize(1);
  }
  return modes;
}

ScoreGoal FormatSearch::goal_for(const Codec& codec) const {
  ScoreGoal goal;
  goal.target = *wanted_.score;
  // AV1's quantizer has quarter steps of 1/63 (avif_codec.cpp): nearer qualities are the same file.
  const double finest = codec.format == ImageFormat::kAvif ? 0.35 : 0.1;
  goal.step = codec.fractional ? finest : 1.0;
  // With steps as coarse as whole numbers the window can't be hit by aiming; the lowest quality above it counts.
  goal.aim_above = codec.fractional ? 0.12 : 0.2;
  return goal;
}

Result<FormatSearch::Trial> FormatSearch::encode_whole(const Codec& codec, const EncodeSettings& settings) {
  if (stop_.stop_requested()) {
    return fail(cancelled());
  }
  Result<Encoded> encoded = codec.encode(whole_.picture(), settings);
  if (!encoded) {
    return fail(encoded.error());
  }
  return Trial{.quality = settings.quality, .file = *std::move(encoded)};
}

Result<void> FormatSearch::judge(const Codec& codec, Trial& trial) {
  const Result<Pixels> shown = codec.decode(trial.file.bytes);
  if (!shown) {
    return fail(shown.error());
  }
  trial.score = whole_.score(*shown);
  return {};
}

Result<Chosen> FormatSearch::finished(const Codec& codec, const EncodeSettings& mode, Trial trial, int tried) {
  Chosen chosen;
  chosen.format = codec.format;
  chosen.encoder = std::move(trial.file.encoder);
  chosen.tried = tried;
  if (!mode.lossless) {
    chosen.quality = trial.quality;
  }
  Result<std::vector<std::uint8_t>> bytes = finish_(std::move(trial.file.bytes), codec.format);
  if (!bytes) {
    return fail(bytes.error());
  }
  chosen.bytes = *std::move(bytes);
  return chosen;
}

/// Tries at the least effort, or the first frame of an animation: where the full effort should begin costs a part of
/// what a second full try would.
const FormatSearch::Scouted& FormatSearch::scout(const Codec& codec, const EncodeSettings& mode) {
  const std::pair key(codec.format, mode.chroma);
  const auto known = scouted_.find(key);
  if (known != scouted_.end()) {
    return known->second;
  }
  ScoreGoal goal = goal_for(codec);
  const bool animated = whole_.picture().frames > 1;
  EncodeSettings settings = mode;
  if (animated) {
    still_ = first_frame(whole_.picture());
    still_judged_.emplace(*still_);
  } else {
    settings.effort = kScoutEffort;
    goal.target -= effort_gain(codec.format, mode.effort);
    goal.below = 0.6;
    goal.above = 0.9;
  }
  Judged& judged = animated ? *still_judged_ : whole_;
  const ScoreCurve curve = typical_curve(codec.format);
  QualityFinder finder(curve, goal, curve.quality_for(goal.target + goal.aim_above));
  Scouted scouted{.quality = finder.next()};
  for (int i = 0; i < kScoutTries && !finder.settled() && !stop_.stop_requested(); ++i) {
    const auto start = Clock::now();
    settings.quality = finder.next();
    Result<Encoded> encoded = codec.encode(judged.picture(), settings);
    scouted.encode_seconds = seconds_since(start);
    const Result<Pixels> shown = encoded ? codec.decode(encoded->bytes) : Result<Pixels>(fail(encoded.error()));
    if (!shown) {
      break;
    }
    const double score = judged.score(*shown);
    finder.tried(settings.quality, score);
    scouted.bytes = static_cast<double>(encoded->bytes.size()) * std::exp(kBytesAPoint * (goal.target - score)) *
                    (animated ? whole_.picture().frames : 1);
    if (!animated) {
      scouted.trial = Trial{.quality = settings.quality, .score = score, .file = *std::move(encoded)};
    }
    last_try_seconds_ = seconds_since(start);
  }
  scouted.quality = finder.refined();
  return scouted_.emplace(key, std::move(scouted)).first->second;
}

/// With a deadline: the highest effort of which the tries fit, judged by a quick encode.
int FormatSearch::effort_for(const Codec& codec, const EncodeSettings& mode) {
  if (!budget_.is_bounded()) {
    return wanted_.effort;
  }
  double seconds = 0;
  if (wanted_.score && is_lossy(mode)) {
    seconds = scout(codec, mode).encode_seconds;
  } else {
    EncodeSettings quick = mode;
    quick.effort = kScoutEffort;
    const auto start = Clock::now();
    static_cast<void>(codec.encode(whole_.picture(), quick));
    seconds = seconds_since(start);
  }
  // Two tries as a rule; decoding and scoring take about as long as a quick encode.
  return budget_.affordable_effort(seconds, kScoutEffort, wanted_.score || wanted_.max_bytes ? 3.5 : 1.2);
}

/// Whether a quick try first saves more than it costs.
bool FormatSearch::pays_to_scout(const Codec& codec, int effort) const {
  const bool slow = effort >= effort_worth_scouting(codec.format);
  return slow || whole_.picture().frames > 1 || budget_.is_bounded();
}

Result<Chosen> FormatSearch::by_score(const Codec& codec, EncodeSettings mode) {
  const ScoreGoal goal = goal_for(codec);
  const ScoreCurve curve = typical_curve(codec.format);
  double first_guess = curve.quality_for(goal.target + goal.aim_above);
  std::optional<Trial> best;
  if (pays_to_scout(codec, mode.effort) || scouted_.contains({codec.format, mode.chroma})) {
    const Scouted& scouted = scout(codec, mode);
    first_guess = scouted.quality;
    best = scouted.trial;
  }
  QualityFinder finder(curve, goal, first_guess);
  // A few tries hit nearly every picture; those that they miss by much are worth some more.
  const int usual_tries = wanted_.effort >= 7 ? kMostTries : kUsualTries;
  const auto is_far = [&] { return !finder.kept(best->score) || best->score > goal.target + kFarAbove; };
  int tries = 0;
  bool in_time = !best || time_for_another();
  while (!finder.settled() && in_time && (tries < usual_tries || (tries < kMostTries && is_far()))) {
    const auto start = Clock::now();
    mode.quality = finder.next();
    Result<Trial> trial = encode_whole(codec, mode);
    if (!trial) {
      return fail(trial.error());
    }
    if (const Result<void> judged = judge(codec, *trial); !judged) {
      return fail(judged.error());
    }
    finder.tried(trial->quality, trial->score);
    // What a scout brought is only better than nothing.
    const bool keeps = finder.kept(trial->score);
    const bool improves =
        tries == 0 || !best ||
        (finder.kept(best->score) ? keeps && trial->quality < best->quality : keeps || trial->score > best->score);
    if (improves) {
      best = *std::move(trial);
    }
    ++tries;
    last_try_seconds_ = seconds_since(start);
    in_time = time_for_another();
  }
  const double score = best->score;
  const double quality = best->quality;
  Result<Chosen> chosen = finished(codec, mode, *std::move(best), std::max(tries, 1));
  if (chosen) {
    chosen->score = score;
    if (!finder.kept(score)) {
      chosen->limited_by = in_time || quality >= goal.most ? "format" : "deadline";
    }
  }
  return chosen;
}

Result<Chosen> FormatSearch::by_size(const Codec& codec, EncodeSettings mode, double first_quality) {
  SizeFinder finder(*wanted_.max_bytes, first_quality, codec.fractional ? 0.25 : 1.0);
  std::optional<Chosen> best;
  std::int64_t smallest = 0;
  int tries = 0;
  while (!finder.settled() && (tries == 0 || time_for_another())) {
    const auto start = Clock::now();
    mode.quality = finder.next();
    Result<Trial> trial = encode_whole(codec, mode);
    if (!trial) {
      return fail(trial.error());
    }
    ++tries;
    Result<Chosen> chosen = finished(codec, mode, *std::move(trial), tries);
    if (!chosen) {
      return chosen;
    }
    const auto bytes = static_cast<std::int64_t>(chosen->bytes.size());
    smallest = smallest == 0 ? bytes : std::min(smallest, bytes);
    finder.tried(mode.quality, bytes);
    if (bytes <= *wanted_.max_bytes && (!best || *chosen->quality > *best->quality)) {
      best = *std::move(chosen);
    }
    last_try_seconds_ = seconds_since(start);
  }
  if (!best) {
    return fail({ErrorCode::kMaxBytesUnreachable,
                 "The smallest file that could be made has " + std::to_string(smallest) + " bytes; " +
                     std::to_string(*wanted_.max_bytes) +
                     " were asked for. Allow more bytes, make the picture smaller, or choose another format."});
  }
  best->tried = tries;
  const Result<Pixels> shown = codec.decode(best->bytes);
  if (shown) {
    best->score = whole_.score(*shown);
  }
  if (wanted_.score) {
    best->limited_by = "maxBytes";
  }
  return *std::move(best);
}

/// Ways without a quality to search: lossless, palette, or the quality that was asked for.
Result<Chosen> FormatSearch::once(const Codec& codec, const EncodeSettings& mode) {
  Result<Trial> trial = encode_whole(codec, mode);
  if (!trial) {
    return fail(trial.error());
  }
  std::optional<double> score;
  if (mode.lossless && whole_.picture().bits == 8) {
    score = 100;
  } else if (wanted_.score || mode.lossless) {
    if (const Result<void> judged = judge(codec, *trial); !judged) {
      return fail(judged.error());
    }
    score = trial->score;
  }
  Result<Chosen> chosen = finished(codec, mode, *std::move(trial), 1);
  if (chosen) {
    chosen->score = score;
    if (!is_lossy(mode)) {
      chosen->quality.reset();
    }
    if (wanted_.score && score && *score < *wanted_.score - ScoreGoal{}.below) {
      chosen->limited_by = "format";
    }
  }
  return chosen;
}

Result<Chosen> FormatSearch::in_mode(const Codec& codec, EncodeSettings mode) {
  mode.effort = effort_for(codec, mode);
  if (!is_lossy(mode)) {
    mode.quality = wanted_.quality.value_or(mode.quality);
    return once(codec, mode);
  }
  if (wanted_.score) {
    Result<Chosen> chosen = by_score(codec, mode);
    // What halved chroma can't give, whole chroma can.
    const bool chroma_limits = chosen && chosen->limited_by == "format" && mode.chroma == Chroma::k420 &&
                               !nature_->try_whole_chroma &&
                               (codec.format == ImageFormat::kJpeg || codec.format == ImageFormat::kAvif);
    if (chroma_limits) {
      mode.chroma = Chroma::k444;
      Result<Chosen> whole_chroma = by_score(codec, mode);
      if (whole_chroma && better(*whole_chroma, *chosen)) {
        whole_chroma->tried += chosen->tried;
        chosen = std::move(whole_chroma);
      }
    }
    const bool fits =
        !wanted_.max_bytes || (chosen && static_cast<std::int64_t>(chosen->bytes.size()) <= *wanted_.max_bytes);
    return !chosen || fits ? std::move(chosen) : by_size(codec, mode, chosen->quality.value_or(50) * 0.8);
  }
  if (wanted_.max_bytes) {
    return by_size(codec, mode, wanted_.quality.value_or(75));
  }
  mode.quality = wanted_.quality.value_or(mode.quality);
  return once(codec, mode);
}

Result<Chosen> FormatSearch::in_format(const Codec& codec) {
  std::optional<Chosen> best;
  std::optional<Error> problem;
  for (const EncodeSettings& mode : modes_for(codec)) {
    if (best && !time_for_another()) {
      break;
    }
    Result<Chosen> chosen = in_mode(codec, mode);
    if (!chosen) {
      problem = chosen.error();
      continue;
    }
    const bool too_big = wanted_.max_bytes && static_cast<std::int64_t>(chosen->bytes.size()) > *wanted_.max_bytes;
    if (too_big) {
      problem = Error{ErrorCode::kMaxBytesUnreachable,
                      "The smallest file of this kind has " + std::to_string(chosen->bytes.size()) + " bytes; " +
                          std::to_string(*wanted_.max_bytes) +
                          " were asked for. Allow more bytes, make the picture smaller, or choose another format."};
      continue;
    }
    if (best) {
      chosen->tried += best->tried;
    }
    if (!best || better(*chosen, *best)) {
      best = *std::move(chosen);
    } else {
      best->tried = chosen->tried;
    }
  }
  return best ? Result<Chosen>(*std::move(best)) : Result<Chosen>(fail(*problem));
}

double FormatSearch::estimated_bytes(const Codec& codec) {
  double least = 0;
  for (EncodeSettings mode : modes_for(codec)) {
    double bytes = 0;
    if (is_lossy(mode)) {
      mode.effort = wanted_.effort;
      bytes = scout(codec, mode).bytes;
    } else {
      mode.effort = kScoutEffort;
      const Result<Encoded> encoded = codec.encode(whole_.picture(), mode);
      // More effort takes a tenth or two off a lossless file.
      bytes = encoded ? 0.85 * static_cast<double>(encoded->bytes.size()) : 0;
    }
    if (bytes == 0) {
      return 0;
    }
    least = least == 0 ? bytes : std::min(least, bytes);
  }
  return least;
}

}  // namespace pictor::imaging
