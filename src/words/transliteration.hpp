#pragma once

#include <string_view>

namespace pictor::words {

/// ASCII letters for a letter of the Latin, Greek and Cyrillic scripts (é → e, ß → ss, ж → zh); empty when there is
/// none. Latin: the base letter, German umlauts too (ü → u: readers of addresses expect it); Cyrillic and Greek: close
/// to BGN/PCGN.
[[nodiscard]] std::string_view transliterated(char32_t point);
/// Marks that combine with the letter before them (U+0300..U+036F).
[[nodiscard]] constexpr bool is_combining_mark(char32_t point) { return point >= 0x300 && point <= 0x36F; }

}  // namespace pictor::words
