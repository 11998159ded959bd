#pragma once

#include "words/grammar/grammar.hpp"

namespace pictor::words {

/// English, in British or American spelling.
class EnglishGrammar final : public Grammar {
 public:
  enum class Spelling { kBritish, kAmerican };
  explicit EnglishGrammar(Spelling spelling) : spelling_(spelling) {}

  [[nodiscard]] std::string alt(const Claims& claims, std::size_t limit) const override;
  [[nodiscard]] std::string function_alt(const Claims& claims, const Context& context,
                                         std::size_t limit) const override;
  [[nodiscard]] std::string title(const Claims& claims, std::size_t limit) const override;
  [[nodiscard]] std::string caption(const Claims& claims, std::size_t limit) const override;
  [[nodiscard]] std::string description(const Claims& claims, std::size_t limit) const override;
  [[nodiscard]] std::vector<std::string> filename_words(const Claims& claims) const override;
  [[nodiscard]] std::string orientation_word(const Claims& claims) const override;
  [[nodiscard]] std::vector<std::string> tags(const Claims& claims) const override;
  [[nodiscard]] bool is_stop_word(std::string_view folded_word) const override;
  [[nodiscard]] std::vector<std::string> same_meaning(std::string_view folded_term) const override;

 private:
  /// House nouns and colours in this spelling; quoted text never goes through here.
  [[nodiscard]] std::string spelled(std::string_view phrase) const;
  [[nodiscard]] std::string colour_list(const Claims& claims, std::size_t most) const;
  [[nodiscard]] std::string sight(const Claims& claims, std::size_t others, bool with_text) const;
  [[nodiscard]] std::string subject_phrase(const Claims& claims) const;
  [[nodiscard]] std::string by_colours(const Claims& claims) const;
  [[nodiscard]] std::string by_kind(const Claims& claims) const;

  Spelling spelling_;
};

}  // namespace pictor::words
