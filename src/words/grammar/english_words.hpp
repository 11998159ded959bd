#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/facts.hpp"

namespace pictor::words::english {

/// `a dog`, `an umbrella`, `a unicycle`; nouns without an article (`sunglasses`, `footwear`) stay alone.
[[nodiscard]] std::string with_article(std::string_view noun);
/// `dogs`, `people`, `knives`, `pairs of skis`; nouns that have no plural stay.
[[nodiscard]] std::string plural(std::string_view noun);
/// The word for a count as far as a detector can be believed: `two` to `four`, then `several`, from 10 `many`.
[[nodiscard]] std::string number_word(int count);
/// `a dog`, `two dogs`, `several people`.
[[nodiscard]] std::string counted(std::string_view noun, int count);
/// `one`, `one and two`, `one, two and three`.
[[nodiscard]] std::string list(const std::vector<std::string>& parts);
/// Where a box lies: `in the centre`, `on the left`, `at the top right`, …; empty when it is unknown or nearly
/// everything.
[[nodiscard]] std::string position(const domain::Box& box);
/// Takes no article and no number.
[[nodiscard]] bool is_uncountable(std::string_view noun);

[[nodiscard]] bool is_stop_word(std::string_view word);
/// Everyday words for the same thing, the word itself not among them.
[[nodiscard]] std::vector<std::string> synonyms(std::string_view word);
/// A word or phrase in American spelling and naming: `grey` → `gray`, `aeroplane` → `airplane`.
[[nodiscard]] std::string american(std::string_view phrase);

}  // namespace pictor::words::english
