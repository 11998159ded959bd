#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pictor::words {

/// Code points of well-formed UTF-8; wrong bytes become U+FFFD. Pure, as everything here.
[[nodiscard]] std::vector<char32_t> code_points(std::string_view text);
[[nodiscard]] std::string to_utf8(const std::vector<char32_t>& points);

/// Text from outside made fit for a sentence: well-formed UTF-8, control, bidirectional and zero-width characters gone,
/// white space of any kind and length one space, none at the ends.
[[nodiscard]] std::string cleaned(std::string_view text);

/// At most `limit` code points; what is longer ends at a word with `…`, which counts.
[[nodiscard]] std::string cut_at_word(std::string_view text, std::size_t limit);

/// First letter upper case where it is ASCII; the rest stays.
[[nodiscard]] std::string capitalised(std::string text);
[[nodiscard]] std::string lower_ascii(std::string_view text);

/// The form in which words are compared: lower case, Latin letters without marks, words with one space between.
/// Scripts that have no transliteration stay as they are.
[[nodiscard]] std::string folded(std::string_view text);

/// Parts between spaces, none empty.
[[nodiscard]] std::vector<std::string> split_words(std::string_view text);
[[nodiscard]] std::string joined(const std::vector<std::string>& parts, std::string_view between);

/// Whether `part` stands in `whole` at word borders; both folded. False for an empty part.
[[nodiscard]] bool contains_words(std::string_view whole, std::string_view part);

}  // namespace pictor::words
