#include "words/filename.hpp"

#include <algorithm>

#include "domain/metadata.hpp"
#include "words/text.hpp"

namespace pictor::words {
namespace {

/// Folded words that are wholly ASCII; others have no letters that every file system and address can hold.
std::vector<std::string> ascii_words(std::string_view phrase) {
  std::vector<std::string> words = split_words(folded(phrase));
  std::erase_if(words, [](const std::string& word) {
    return std::any_of(word.begin(), word.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  });
  return words;
}

}  // namespace

std::string hyphenated(const std::vector<std::string>& words, const std::string& last, std::size_t limit) {
  const std::size_t reserved = last.empty() ? 0 : last.size() + 1;
  std::string name;
  std::vector<std::string> used{last};
  for (const std::string& word : words) {
    const std::size_t longer = name.size() + (name.empty() ? 0 : 1) + word.size() + reserved;
    if (word.empty() || longer > limit || std::find(used.begin(), used.end(), word) != used.end()) {
      continue;
    }
    name += (name.empty() ? "" : "-") + word;
    used.push_back(word);
  }
  if (last.empty()) {
    return name.empty() ? "picture" : name;
  }
  return name.empty() ? last : name + "-" + last;
}

std::string filename_for(const Claims& claims, const Grammar& grammar) {
  std::vector<std::string> words;
  for (const std::string& phrase : grammar.filename_words(claims)) {
    for (std::string& word : ascii_words(phrase)) {
      if (!grammar.is_stop_word(word)) {
        words.push_back(std::move(word));
      }
    }
  }
  const std::vector<std::string> orientation = ascii_words(grammar.orientation_word(claims));
  return hyphenated(words, orientation.empty() ? "" : orientation.back(), domain::MetadataLimits::kFilename);
}

}  // namespace pictor::words
