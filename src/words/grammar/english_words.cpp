#include "words/grammar/english_words.hpp"

#include <algorithm>
#include <array>

#include "words/text.hpp"

namespace pictor::words::english {
namespace {

struct Pair {
  std::string_view from;
  std::string_view to;
};

constexpr std::array<std::string_view, 40> kUncountable = {
    "binoculars",    "broccoli",  "cauliflower",     "chain mail",   "chocolate syrup",
    "clogs",         "coffee",    "dough",           "eggnog",       "face powder",
    "food",          "footwear",  "fruit",           "furniture",    "guacamole",
    "hair spray",    "hay",       "ice cream",       "jeans",        "lipstick",
    "lotion",        "maize",     "mashed potatoes", "meatloaf",     "mortar and pestle",
    "parallel bars", "perfume",   "pyjamas",         "red wine",     "scissors",
    "sunglasses",    "sunscreen", "swim shorts",     "toilet paper", "wool",
    "espresso",      "carbonara", "consomme",        "grass",        "water",
};

// By last word; regular endings follow in plural().
constexpr std::array kPlurals = {
    Pair{"person", "people"},     Pair{"mouse", "mice"},        Pair{"knife", "knives"},    Pair{"wolf", "wolves"},
    Pair{"leaf", "leaves"},       Pair{"sheep", "sheep"},       Pair{"fish", "fish"},       Pair{"bison", "bison"},
    Pair{"aircraft", "aircraft"}, Pair{"ox", "oxen"},           Pair{"child", "children"},  Pair{"goose", "geese"},
    Pair{"loaf", "loaves"},       Pair{"shelf", "shelves"},     Pair{"scarf", "scarves"},   Pair{"piano", "pianos"},
    Pair{"photo", "photos"},      Pair{"volcano", "volcanoes"}, Pair{"potato", "potatoes"}, Pair{"tomato", "tomatoes"},
};

// Written with a vowel, spoken with a consonant.
constexpr std::array<std::string_view, 6> kSpokenWithConsonant = {"uni", "euro", "one-", "use", "ukulele", "ewe"};

constexpr std::array<std::string_view, 38> kStopWords = {
    "a",    "an",   "and",   "are",  "as",  "at",    "be", "but", "by",   "for",  "from", "has", "have",
    "in",   "into", "is",    "it",   "its", "near",  "no", "of",  "off",  "on",   "or",   "out", "over",
    "that", "the",  "their", "this", "to",  "under", "up", "was", "were", "with", "your", "our",
};

constexpr std::array kSynonyms = {
    Pair{"bicycle", "bike"},
    Pair{"bicycle", "cycle"},
    Pair{"motorcycle", "motorbike"},
    Pair{"car", "automobile"},
    Pair{"aeroplane", "airplane"},
    Pair{"aeroplane", "plane"},
    Pair{"truck", "lorry"},
    Pair{"sofa", "couch"},
    Pair{"television", "tv"},
    Pair{"mobile phone", "cell phone"},
    Pair{"mobile phone", "smartphone"},
    Pair{"mobile phone", "phone"},
    Pair{"doughnut", "donut"},
    Pair{"ladybird", "ladybug"},
    Pair{"photo", "photograph"},
    Pair{"grey", "gray"},
    Pair{"person", "human"},
    Pair{"table", "dining table"},
    Pair{"ball", "sports ball"},
    Pair{"refrigerator", "fridge"},
};

constexpr std::array kAmerican = {
    Pair{"grey", "gray"},
    Pair{"colour", "color"},
    Pair{"colours", "colors"},
    Pair{"centre", "center"},
    Pair{"aeroplane", "airplane"},
    Pair{"aeroplanes", "airplanes"},
    Pair{"mobile phone", "cell phone"},
    Pair{"mobile phones", "cell phones"},
    Pair{"sofa", "couch"},
    Pair{"sofas", "couches"},
    Pair{"doughnut", "donut"},
    Pair{"doughnuts", "donuts"},
    Pair{"ladybird", "ladybug"},
    Pair{"ladybirds", "ladybugs"},
    Pair{"petrol pump", "gas pump"},
    Pair{"pyjamas", "pajamas"},
    Pair{"lorry", "truck"},
    Pair{"courgette", "zucchini"},
    Pair{"maize", "corn"},
};

template <class Table>
bool holds(const Table& table, std::string_view word) {
  return std::find(table.begin(), table.end(), word) != table.end();
}

bool is_vowel(char c) { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u'; }

std::string plural_of_word(std::string_view word) {
  const auto* row = std::find_if(kPlurals.begin(), kPlurals.end(), [&](const Pair& pair) { return pair.from == word; });
  if (row != kPlurals.end()) {
    return std::string(row->to);
  }
  std::string many(word);
  const auto ends = [&](std::string_view ending) { return many.ends_with(ending); };
  if (ends("s") || ends("x") || ends("z") || ends("ch") || ends("sh")) {
    return many + "es";
  }
  if (ends("y") && many.size() > 1 && !is_vowel(many[many.size() - 2])) {
    many.pop_back();
    return many + "ies";
  }
  return many + "s";
}

}  // namespace

bool is_uncountable(std::string_view noun) { return holds(kUncountable, noun); }

std::string with_article(std::string_view noun) {
  if (noun.empty() || is_uncountable(noun)) {
    return std::string(noun);
  }
  const std::string lower = lower_ascii(noun);
  const bool is_like_consonant = std::any_of(kSpokenWithConsonant.begin(), kSpokenWithConsonant.end(),
                                             [&](std::string_view beginning) { return lower.starts_with(beginning); });
  const bool is_silent_h = lower.starts_with("hour") || lower.starts_with("heir");
  return ((is_vowel(lower.front()) && !is_like_consonant) || is_silent_h ? "an " : "a ") + std::string(noun);
}

std::string plural(std::string_view noun) {
  if (noun.empty() || is_uncountable(noun)) {
    return std::string(noun);
  }
  // `cup of tea`, `pair of skis`: the head changes.
  if (const std::size_t of = noun.find(" of "); of != std::string_view::npos) {
    return plural(noun.substr(0, of)) + std::string(noun.substr(of));
  }
  const std::size_t last = noun.rfind(' ') == std::string_view::npos ? 0 : noun.rfind(' ') + 1;
  return std::string(noun.substr(0, last)) + plural_of_word(noun.substr(last));
}

std::string number_word(int count) {
  constexpr std::array<std::string_view, 5> kWords = {"no", "one", "two", "three", "four"};
  if (count >= 0 && count < static_cast<int>(kWords.size())) {
    return std::string(kWords[static_cast<std::size_t>(count)]);
  }
  return count < 10 ? "several" : "many";
}

std::string counted(std::string_view noun, int count) {
  return count <= 1 || is_uncountable(noun) ? with_article(noun) : number_word(count) + " " + plural(noun);
}

std::string list(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    text += i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ";
    text += parts[i];
  }
  return text;
}

std::string position(const domain::Box& box) {
  constexpr double kThird = 1.0 / 3;
  constexpr double kNearlyAll = 0.6;
  if (box[2] <= 0 || box[3] <= 0 || box[2] * box[3] > kNearlyAll) {
    return "";
  }
  const double x = box[0] + box[2] / 2;
  const double y = box[1] + box[3] / 2;
  const std::string_view across = x < kThird ? "left" : x > 2 * kThird ? "right" : "";
  const std::string_view down = y < kThird ? "top" : y > 2 * kThird ? "bottom" : "";
  if (across.empty() && down.empty()) {
    return "in the centre";
  }
  if (down.empty()) {
    return "on the " + std::string(across);
  }
  return "at the " + std::string(down) + (across.empty() ? "" : " ") + std::string(across);
}

bool is_stop_word(std::string_view word) { return holds(kStopWords, word); }

std::vector<std::string> synonyms(std::string_view word) {
  std::vector<std::string> found;
  for (const Pair& pair : kSynonyms) {
    if (pair.from == word) {
      found.emplace_back(pair.to);
    }
  }
  return found;
}

std::string american(std::string_view phrase) {
  std::string text(phrase);
  for (const Pair& pair : kAmerican) {
    for (std::size_t at = text.find(pair.from); at != std::string::npos;
         at = text.find(pair.from, at + pair.to.size())) {
      const bool begins = at == 0 || text[at - 1] == ' ';
      const std::size_t end = at + pair.from.size();
      const bool ends = end == text.size() || text[end] == ' ' || text[end] == ',';
      if (begins && ends) {
        text.replace(at, pair.from.size(), pair.to);
      }
    }
  }
  return text;
}

}  // namespace pictor::words::english
