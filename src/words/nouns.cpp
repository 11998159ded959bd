#include "words/nouns.hpp"

#include <algorithm>
#include <array>

#include "words/text.hpp"

namespace pictor::words {
namespace {

struct Pair {
  std::string_view from;
  std::string_view to;
};

// COCO's names, and classes that say more of a person than a picture shows.
constexpr std::array kCanonical = {
    Pair{"airplane", "aeroplane"},
    Pair{"tv", "television"},
    Pair{"cell phone", "mobile phone"},
    Pair{"couch", "sofa"},
    Pair{"donut", "doughnut"},
    Pair{"hair drier", "hair dryer"},
    Pair{"mouse", "computer mouse"},
    Pair{"remote", "remote control"},
    Pair{"sports ball", "ball"},
    Pair{"skis", "pair of skis"},
    Pair{"dining table", "table"},
    Pair{"bridegroom", "person"},
    Pair{"baseball player", "person"},
    Pair{"drake", "duck"},
    Pair{"hen", "chicken"},
    Pair{"rooster", "chicken"},
    Pair{"ram", "sheep"},
    Pair{"man", "person"},
    Pair{"woman", "person"},
    Pair{"boy", "person"},
    Pair{"girl", "person"},
    Pair{"scuba diver", "person"},
};

constexpr std::array kWider = {
    Pair{"bird", "animal"},        Pair{"cat", "animal"},         Pair{"dog", "animal"},
    Pair{"horse", "animal"},       Pair{"sheep", "animal"},       Pair{"cow", "animal"},
    Pair{"elephant", "animal"},    Pair{"bear", "animal"},        Pair{"zebra", "animal"},
    Pair{"giraffe", "animal"},     Pair{"fox", "animal"},         Pair{"wolf", "animal"},
    Pair{"rabbit", "animal"},      Pair{"rodent", "animal"},      Pair{"squirrel", "animal"},
    Pair{"monkey", "animal"},      Pair{"ape", "animal"},         Pair{"primate", "animal"},
    Pair{"fish", "animal"},        Pair{"frog", "animal"},        Pair{"lizard", "animal"},
    Pair{"snake", "animal"},       Pair{"turtle", "animal"},      Pair{"whale", "animal"},
    Pair{"crab", "animal"},        Pair{"spider", "animal"},      Pair{"insect", "animal"},
    Pair{"big cat", "animal"},     Pair{"crocodile", "animal"},   Pair{"beetle", "insect"},
    Pair{"butterfly", "insect"},   Pair{"bee", "insect"},         Pair{"dragonfly", "insect"},
    Pair{"ladybird", "insect"},    Pair{"chicken", "bird"},       Pair{"duck", "bird"},
    Pair{"bald eagle", "bird"},    Pair{"ostrich", "bird"},       Pair{"flamingo", "bird"},
    Pair{"hummingbird", "bird"},   Pair{"car", "vehicle"},        Pair{"bus", "vehicle"},
    Pair{"truck", "vehicle"},      Pair{"train", "vehicle"},      Pair{"bicycle", "vehicle"},
    Pair{"motorcycle", "vehicle"}, Pair{"aeroplane", "vehicle"},  Pair{"boat", "vehicle"},
    Pair{"flower", "plant"},       Pair{"potted plant", "plant"}, Pair{"fruit", "food"},
    Pair{"vegetable", "food"},     Pair{"pizza", "food"},         Pair{"hot dog", "food"},
    Pair{"cake", "food"},          Pair{"doughnut", "food"},      Pair{"sandwich", "food"},
    Pair{"banana", "fruit"},       Pair{"apple", "fruit"},        Pair{"orange", "fruit"},
    Pair{"lemon", "fruit"},        Pair{"broccoli", "vegetable"}, Pair{"carrot", "vegetable"},
    Pair{"chair", "furniture"},    Pair{"sofa", "furniture"},     Pair{"bed", "furniture"},
    Pair{"table", "furniture"},    Pair{"bench", "furniture"},    Pair{"laptop", "computer"},
    Pair{"mountain", "landscape"}, Pair{"valley", "landscape"},   Pair{"beach", "landscape"},
    Pair{"cliff", "landscape"},    Pair{"bridge", "structure"},   Pair{"building", "structure"},
};

constexpr std::array<std::string_view, 10> kGeneral = {"animal", "vehicle",   "plant",     "food", "fruit",
                                                       "insect", "furniture", "structure", "bird", "electronic device"};

}  // namespace

std::string canonical_noun(std::string_view label) {
  const std::string noun = lower_ascii(label) == label ? std::string(label) : cleaned(label);
  const std::string plain = cleaned(std::string_view(noun).substr(0, noun.find('(')));
  const auto* row =
      std::find_if(kCanonical.begin(), kCanonical.end(), [&](const Pair& pair) { return pair.from == plain; });
  return row == kCanonical.end() ? plain : std::string(row->to);
}

std::string_view wider_noun(std::string_view noun) {
  const auto* row = std::find_if(kWider.begin(), kWider.end(), [&](const Pair& pair) { return pair.from == noun; });
  return row == kWider.end() ? std::string_view() : row->to;
}

bool is_living(std::string_view noun) {
  for (std::string_view word = noun; !word.empty(); word = wider_noun(word)) {
    if (word == "person" || word == "animal") {
      return true;
    }
  }
  return false;
}

bool is_general(std::string_view noun) { return std::find(kGeneral.begin(), kGeneral.end(), noun) != kGeneral.end(); }

}  // namespace pictor::words
