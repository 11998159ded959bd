#pragma once

#include <string>
#include <vector>

#include "words/grammar/grammar.hpp"

namespace pictor::words {

/// 3 to 15 terms, specific before general, none twice. A caller's keyword comes among them, in its own spelling and
/// before ours, only where it names something that was seen: a thing or its wider word, a label, a word of the text, a
/// colour, the kind.
[[nodiscard]] std::vector<std::string> tags_for(const Claims& claims, const std::vector<std::string>& keywords,
                                                const Grammar& grammar);

}  // namespace pictor::words
