#include "words/grammar/english.hpp"
#include "words/grammar/grammar.hpp"
#include "words/text.hpp"

namespace pictor::words {
namespace {

constexpr std::size_t kLongestTag = 35;  // characters: RFC 5646, section 4.4.1, recommends room for that many

/// Letters, digits and hyphens, no empty part: the shape of a BCP 47 tag.
bool is_tag(std::string_view text) {
  if (text.empty() || text.size() > kLongestTag || text.front() == '-' || text.back() == '-' ||
      text.find("--") != std::string_view::npos) {
    return false;
  }
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

}  // namespace

const Grammar* grammar_for(std::string_view language) {
  static const EnglishGrammar british(EnglishGrammar::Spelling::kBritish);
  static const EnglishGrammar american(EnglishGrammar::Spelling::kAmerican);
  const std::string tag = lower_ascii(language);
  if (!is_tag(tag) || tag.substr(0, tag.find('-')) != "en") {
    return nullptr;
  }
  const std::string regions = tag + "-";
  return regions.find("-us-") != std::string::npos ? &american : &british;
}

std::vector<std::string> grammar_languages() { return {"en"}; }

}  // namespace pictor::words
