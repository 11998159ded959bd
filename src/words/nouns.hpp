#pragma once

#include <string>
#include <string_view>

namespace pictor::words {

/// Nouns that the models use (English, the pivot of all grammars) and what holds of them in any language.

/// One spelling for the names of two label sets: COCO's `tv` and our `television` are the same noun. Notes in brackets
/// go.
[[nodiscard]] std::string canonical_noun(std::string_view label);
/// The next wider noun (`dog` → `animal`), empty when there is none.
[[nodiscard]] std::string_view wider_noun(std::string_view noun);
/// People and animals: named beside the subject rather than as what is with it.
[[nodiscard]] bool is_living(std::string_view noun);
/// Nouns so wide that a narrower one, seen in the same place, is better.
[[nodiscard]] bool is_general(std::string_view noun);

}  // namespace pictor::words
