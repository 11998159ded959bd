#pragma once

#include <string>
#include <vector>

#include "words/grammar/grammar.hpp"

namespace pictor::words {

/// A file name without extension: lower-case ASCII words joined by hyphens, at most 60 characters, no stop words, no
/// word twice, the orientation last: `red-fox-snow-landscape`. Always matches `[a-z0-9]+(-[a-z0-9]+)*`.
[[nodiscard]] std::string filename_for(const Claims& claims, const Grammar& grammar);

/// Words as such a name. @param last  kept whatever must give way; may be empty
[[nodiscard]] std::string hyphenated(const std::vector<std::string>& words, const std::string& last, std::size_t limit);

}  // namespace pictor::words
