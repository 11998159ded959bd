#include "words/tags.hpp"

#include <algorithm>
#include <set>

#include "words/text.hpp"

namespace pictor::words {
namespace {

constexpr std::size_t kMost = 15;
constexpr std::size_t kLongestTag = 60;  // code points

/// All that a keyword may be, folded.
std::set<std::string> vocabulary(const std::vector<std::string>& seen, const Claims& claims, const Grammar& grammar) {
  std::set<std::string> words;
  for (const std::string& term : seen) {
    for (const std::string& same : grammar.same_meaning(folded(term))) {
      words.insert(folded(same));
    }
  }
  for (const std::string& line : claims.text) {
    words.insert(folded(line));
    for (std::string& word : split_words(folded(line))) {
      words.insert(std::move(word));
    }
  }
  return words;
}

/// A keyword of several words holds when it was seen as one, stands in the text, or each of its words was seen.
bool is_seen(const std::string& keyword, const std::set<std::string>& seen, const std::string& text) {
  if (seen.contains(keyword) || contains_words(text, keyword)) {
    return true;
  }
  const std::vector<std::string> words = split_words(keyword);
  return !words.empty() &&
         std::all_of(words.begin(), words.end(), [&](const std::string& word) { return seen.contains(word); });
}

}  // namespace

std::vector<std::string> tags_for(const Claims& claims, const std::vector<std::string>& keywords,
                                  const Grammar& grammar) {
  std::vector<std::string> terms = grammar.tags(claims);
  const std::set<std::string> seen = vocabulary(terms, claims, grammar);
  const std::string text = folded(joined(claims.text, " "));
  std::vector<std::string> tags;
  std::set<std::string> used;
  const auto add = [&](const std::string& term) {
    std::string tag = cut_at_word(cleaned(term), kLongestTag);
    if (tags.size() < kMost && !folded(tag).empty() && used.insert(folded(tag)).second) {
      tags.push_back(std::move(tag));
    }
  };
  for (const std::string& keyword : keywords) {
    if (const std::string plain = folded(keyword); !plain.empty() && is_seen(plain, seen, text)) {
      add(lower_ascii(keyword));
    }
  }
  for (const std::string& term : terms) {
    add(term);
  }
  return tags;
}

}  // namespace pictor::words
