#include "words/text.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "words/filename.hpp"

namespace pictor::words {
namespace {

struct Row {
  const char* in;
  const char* out;
};

TEST(Text, CutsAtAWordAndCountsCodePoints) {
  EXPECT_EQ(cut_at_word("A dog and a cat", 15), "A dog and a cat");
  EXPECT_EQ(cut_at_word("A dog and a cat", 14), "A dog and a…");
  EXPECT_EQ(cut_at_word("éééé éééé", 9), "éééé éééé");
  EXPECT_EQ(cut_at_word("éééé éééé", 8), "éééé…");
  EXPECT_EQ(cut_at_word("日本語日本語日本語", 5), "日本語日…");
  EXPECT_EQ(cut_at_word("word", 0), "");
  EXPECT_EQ(cut_at_word("word", 1), "…");
}

TEST(Text, CleansWhatWouldUpsetASentence) {
  EXPECT_EQ(cleaned("  a\t\n b\u00a0c "), "a b c");
  EXPECT_EQ(cleaned("a\u202eb\u200bc\x01"), "abc");
  EXPECT_EQ(cleaned("\xff"), "\xef\xbf\xbd");
}

TEST(Text, FoldsLettersOfThreeScriptsToAscii) {
  for (const Row& row :
       {Row{"Grüße, KÖLN!", "grusse koln"}, Row{"Москва", "moskva"}, Row{"Αθήνα", "athina"}, Row{"dog’s", "dogs"},
        Row{"Cafe\u0301", "cafe"}, Row{"日本 語", "日本 語"}, Row{"Łódź", "lodz"}, Row{"---", ""}}) {
    EXPECT_EQ(folded(row.in), row.out) << row.in;
  }
}

TEST(Text, FindsWholeWordsOnly) {
  EXPECT_TRUE(contains_words("the spring sale", "spring sale"));
  EXPECT_FALSE(contains_words("the offspring", "spring"));
  EXPECT_FALSE(contains_words("anything", ""));
}

TEST(Filename, KeepsTheLastWordAndDropsWhatDoesNotFit) {
  EXPECT_EQ(hyphenated({"red", "fox", "red", "snow"}, "landscape", 60), "red-fox-snow-landscape");
  EXPECT_EQ(hyphenated({"aaaaaaaaaa", "bb"}, "square", 12), "bb-square");
  EXPECT_EQ(hyphenated({}, "square", 60), "square");
  EXPECT_EQ(hyphenated({}, "", 60), "picture");
}

}  // namespace
}  // namespace pictor::words
