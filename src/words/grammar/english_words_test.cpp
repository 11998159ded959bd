#include "words/grammar/english_words.hpp"

#include <gtest/gtest.h>

namespace pictor::words::english {
namespace {

struct Row {
  const char* in;
  const char* out;
};

TEST(EnglishWords, PutsTheArticleThatIsSpoken) {
  for (const Row& row : {Row{"dog", "a dog"}, Row{"umbrella", "an umbrella"}, Row{"unicycle", "a unicycle"},
                         Row{"hourglass", "an hourglass"}, Row{"one-piece bathing suit", "a one-piece bathing suit"},
                         Row{"sunglasses", "sunglasses"}, Row{"CD player", "a CD player"}}) {
    EXPECT_EQ(with_article(row.in), row.out);
  }
}

TEST(EnglishWords, FormsPlurals) {
  for (const Row& row : {Row{"dog", "dogs"}, Row{"person", "people"}, Row{"bus", "buses"}, Row{"bench", "benches"},
                         Row{"knife", "knives"}, Row{"pair of skis", "pairs of skis"}, Row{"cup of tea", "cups of tea"},
                         Row{"butterfly", "butterflies"}, Row{"key", "keys"}, Row{"computer mouse", "computer mice"},
                         Row{"broccoli", "broccoli"}, Row{"wine glass", "wine glasses"}}) {
    EXPECT_EQ(plural(row.in), row.out);
  }
}

TEST(EnglishWords, CountsAsFarAsADetectorCan) {
  EXPECT_EQ(counted("dog", 1), "a dog");
  EXPECT_EQ(counted("dog", 4), "four dogs");
  EXPECT_EQ(counted("dog", 5), "several dogs");
  EXPECT_EQ(counted("dog", 12), "many dogs");
  EXPECT_EQ(counted("dog", -3), "a dog");
}

TEST(EnglishWords, JoinsLists) {
  EXPECT_EQ(list({}), "");
  EXPECT_EQ(list({"a"}), "a");
  EXPECT_EQ(list({"a", "b"}), "a and b");
  EXPECT_EQ(list({"a", "b", "c"}), "a, b and c");
}

TEST(EnglishWords, SaysWhereABoxLies) {
  EXPECT_EQ(position({0.4, 0.4, 0.2, 0.2}), "in the centre");
  EXPECT_EQ(position({0, 0.4, 0.2, 0.2}), "on the left");
  EXPECT_EQ(position({0.7, 0, 0.2, 0.2}), "at the top right");
  EXPECT_EQ(position({0.4, 0.8, 0.2, 0.2}), "at the bottom");
  EXPECT_EQ(position({0, 0, 1, 1}), "");
  EXPECT_EQ(position({}), "");
}

TEST(EnglishWords, ReplacesWholeWordsInAmericanSpelling) {
  EXPECT_EQ(american("dark grey and greyhound"), "dark gray and greyhound");
  EXPECT_EQ(american("two mobile phones"), "two cell phones");
}

}  // namespace
}  // namespace pictor::words::english
