#include "words/confidence.hpp"

#include <algorithm>
#include <cmath>

namespace pictor::words {
namespace {

constexpr double kLow = 0.55;
constexpr double kNothingSeen = 0.2;  // the colours are right, but they are not what a reader wants to know
constexpr double kBlank = 0.5;
constexpr double kKindUnsure = 0.8;  // factor on text that may be a detail of something else
constexpr double kHighest = 0.99;

double raw_confidence(const Claims& claims, const AltDecision& decision) {
  if (claims.is_blank) {
    return kBlank;
  }
  if (claims.subject) {
    return claims.is_backed_off ? std::min(claims.subject->confidence, kLow - 0.05) : claims.subject->confidence;
  }
  const bool is_told_by_text =
      decision.role == AltRole::kText || decision.role == AltRole::kComplex || decision.role == AltRole::kDecorative;
  if (!claims.text.empty() && is_told_by_text) {
    return claims.text_confidence * (claims.is_kind_sure ? 1.0 : kKindUnsure) *
           (claims.is_text_unsure ? kKindUnsure : 1.0);
  }
  return kNothingSeen;
}

}  // namespace

Assessment assess(const Claims& claims, const AltDecision& decision) {
  Assessment assessment;
  assessment.confidence = std::round(100 * std::clamp(raw_confidence(claims, decision), 0.0, kHighest)) / 100;
  const auto add_if = [&](bool holds, const char* reason) {
    if (holds) {
      assessment.reasons.emplace_back(reason);
    }
  };
  const bool is_told = claims.subject || !claims.text.empty() || claims.is_blank;
  add_if(assessment.confidence < kLow && !claims.is_blank, "low_confidence");
  add_if(!is_told, "no_subject");
  add_if(claims.is_backed_off, "wider_word");
  add_if(claims.has_people, "people");
  add_if(claims.is_text_unsure, "text_unsure");
  add_if(decision.role == AltRole::kComplex, "complex");
  add_if(decision.is_guess, "may_be_decorative");
  add_if(claims.is_nsfw, "nsfw");
  return assessment;
}

}  // namespace pictor::words
