#pragma once

#include <string>
#include <vector>

#include "words/alt_decision.hpp"
#include "words/claims.hpp"

namespace pictor::words {

/// How sure the words are, and why a person should look at them.
struct Assessment {
  double confidence = 0;             ///< 0..0.99, two decimals
  std::vector<std::string> reasons;  ///< codes; the words need review when there is one
};

/// Codes: `low_confidence`, `no_subject` (only colours or kind are told), `wider_word` (backed off), `people` (names
/// are not ours to guess), `text_unsure` (seen, not read), `complex` (a chart or page says more than was read),
/// `may_be_decorative` (only the page can tell), `nsfw`.
[[nodiscard]] Assessment assess(const Claims& claims, const AltDecision& decision);

}  // namespace pictor::words
