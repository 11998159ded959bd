#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "words/claims.hpp"
#include "words/context.hpp"

namespace pictor::words {

/// One language: claims to sentences. A new language is a class of this and a row in `grammars.cpp`. Pure and
/// thread-safe.
///
/// Sentences say nothing that the claims do not, begin with a capital where the language has them, and never with
/// "image of": a screen reader says that already.
class Grammar {
 public:
  virtual ~Grammar() = default;

  /// What is to be seen, without a full stop; further things are left out, last first, until `limit` code points hold
  /// it.
  [[nodiscard]] virtual std::string alt(const Claims& claims, std::size_t limit) const = 0;
  /// What the link or button does. Falls back to what is to be seen where the context names no purpose.
  [[nodiscard]] virtual std::string function_alt(const Claims& claims, const Context& context,
                                                 std::size_t limit) const = 0;
  [[nodiscard]] virtual std::string title(const Claims& claims, std::size_t limit) const = 0;
  [[nodiscard]] virtual std::string caption(const Claims& claims, std::size_t limit) const = 0;
  [[nodiscard]] virtual std::string description(const Claims& claims, std::size_t limit) const = 0;

  /// Words for a file name, most telling first, without the orientation; not yet transliterated.
  [[nodiscard]] virtual std::vector<std::string> filename_words(const Claims& claims) const = 0;
  /// The orientation as the last word of a file name.
  [[nodiscard]] virtual std::string orientation_word(const Claims& claims) const = 0;
  /// Lower-case terms, specific before general, at least 3.
  [[nodiscard]] virtual std::vector<std::string> tags(const Claims& claims) const = 0;
  /// Words too common to find anything by.
  [[nodiscard]] virtual bool is_stop_word(std::string_view folded_word) const = 0;
  /// Other everyday words for the same thing, and its singular or plural; folded. For keywords of the caller.
  [[nodiscard]] virtual std::vector<std::string> same_meaning(std::string_view folded_term) const = 0;
};

/// The grammar for a BCP 47 tag (`en`, `en-GB`, `EN-us`), by its first part and, for spelling, its region; nullptr when
/// there is none. Owned by the program.
[[nodiscard]] const Grammar* grammar_for(std::string_view language);
/// First parts of the tags that there is a grammar for.
[[nodiscard]] std::vector<std::string> grammar_languages();

}  // namespace pictor::words
