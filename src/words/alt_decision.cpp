#include "words/alt_decision.hpp"

#include "words/text.hpp"

namespace pictor::words {
namespace {

constexpr std::size_t kFewLines = 4;        // a screenshot with more is a page of its own
constexpr double kTextFillsPhoto = 0.05;    // less text than this in a photograph is a detail of it
constexpr std::size_t kShortestRepeat = 3;  // characters: shorter text is in every page by chance

bool is_text_nearby(const Claims& claims, const Context& context) {
  const std::string text = folded(joined(claims.text, " "));
  return text.size() >= kShortestRepeat && !claims.is_text_unsure && contains_words(context.page, text);
}

bool is_only_text(const Claims& claims) {
  if (claims.text.empty() || claims.subject) {
    return false;
  }
  return (claims.kind != "photo" && claims.kind != "pattern") || claims.text_area >= kTextFillsPhoto;
}

bool is_complex(const Claims& claims) {
  const bool is_crowded = claims.kind == "screenshot" && claims.text.size() > kFewLines;
  return claims.kind == "chart" || claims.kind == "map" || claims.kind == "document" || is_crowded;
}

}  // namespace

std::string_view name_of(AltRole role) {
  switch (role) {
    case AltRole::kFunctional:
      return "functional";
    case AltRole::kDecorative:
      return "decorative";
    case AltRole::kComplex:
      return "complex";
    case AltRole::kText:
      return "text";
    case AltRole::kInformative:
      break;
  }
  return "informative";
}

AltDecision decide_alt(const Claims& claims, const Context& context) {
  if (context.is_function) {
    return {AltRole::kFunctional, false};
  }
  if (context.is_decorative) {
    return {AltRole::kDecorative, false};
  }
  if (claims.is_blank) {
    return {AltRole::kDecorative, true};
  }
  const bool is_drawn_meaning = claims.kind == "chart" || claims.kind == "map";  // more than its text
  if (is_only_text(claims) && !is_drawn_meaning && is_text_nearby(claims, context)) {
    return {AltRole::kDecorative, false};
  }
  if (is_complex(claims)) {
    return {AltRole::kComplex, false};
  }
  if (is_only_text(claims)) {
    return {AltRole::kText, false};
  }
  const bool may_be_ornament = claims.kind == "pattern" && !claims.subject;
  return {AltRole::kInformative, may_be_ornament};
}

}  // namespace pictor::words
