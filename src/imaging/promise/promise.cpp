#include "imaging/promise/promise.hpp"

#include <algorithm>

#include "imaging/promise/format_search.hpp"

namespace pictor::imaging {
namespace {

/// Formats of which a quick try says that they come within this of the smallest are encoded whole.
constexpr double kWorthTrying = 1.06;

}  // namespace

Promise::Promise(const Pixels& picture, Wanted wanted, Finish finish, std::stop_token stop)
    : search_(std::make_unique<FormatSearch>(picture, wanted, std::move(finish), std::move(stop))),
      by_score_(wanted.score.has_value()) {}
Promise::~Promise() = default;
Result<Chosen> Promise::in_format(const Codec& codec) { return search_->in_format(codec); }

Result<Chosen> Promise::smallest(std::span<const Codec> codecs) {
  struct Candidate {
    const Codec* codec;
    double bytes;
  };
  std::vector<Candidate> candidates;
  for (const Codec& codec : codecs) {
    candidates.push_back({&codec, codecs.size() > 1 && by_score_ ? search_->estimated_bytes(codec) : 0});
  }
  double least = 0;
  for (const Candidate& candidate : candidates) {
    if (candidate.bytes > 0 && (least == 0 || candidate.bytes < least)) {
      least = candidate.bytes;
    }
  }
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.bytes < b.bytes; });
  std::optional<Chosen> best;
  std::optional<Error> problem;
  for (const Candidate& candidate : candidates) {
    const bool could_win = candidate.bytes == 0 || candidate.bytes <= least * kWorthTrying;
    if ((best && !could_win) || (best && !search_->time_for_another())) {
      continue;
    }
    Result<Chosen> chosen = search_->in_format(*candidate.codec);
    if (!chosen) {
      if (chosen.error().code == ErrorCode::kCancelled) {
        return chosen;
      }
      problem = chosen.error();
      continue;
    }
    const int tried = chosen->tried + (best ? best->tried : 0);
    if (!best || better(*chosen, *best)) {
      best = *std::move(chosen);
    }
    best->tried = tried;
  }
  return best ? Result<Chosen>(*std::move(best)) : Result<Chosen>(fail(*problem));
}

}  // namespace pictor::imaging
