#pragma once

#include <string_view>

#include "words/claims.hpp"
#include "words/context.hpp"

namespace pictor::words {

enum class AltRole { kInformative, kFunctional, kDecorative, kComplex, kText };
[[nodiscard]] std::string_view name_of(AltRole role);

/// What the alt text must do.
struct AltDecision {
  AltRole role = AltRole::kInformative;
  bool is_guess = false;  ///< only the page can tell, and it was not given: a person should look
};

/// The W3C's alt decision tree (WAI, "An alt Decision Tree", https://www.w3.org/WAI/tutorials/images/decision-tree/) as
/// code, as far as a picture and what is known of its page can answer its questions: link or button → functional;
/// nothing to see, declared decoration, or text that stands beside it anyway → decorative; chart, map, document,
/// crowded screenshot → complex; text and nothing else → text; else informative.
[[nodiscard]] AltDecision decide_alt(const Claims& claims, const Context& context);

}  // namespace pictor::words
