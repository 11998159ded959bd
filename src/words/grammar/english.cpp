#include "words/grammar/english.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "words/grammar/english_words.hpp"
#include "words/nouns.hpp"
#include "words/text.hpp"

namespace pictor::words {
namespace {

constexpr std::size_t kQuoteInAlt = 60;      // code points of text quoted beside a subject
constexpr double kTextBesideSubject = 0.01;  // share of the picture: less is a detail of the subject
constexpr std::size_t kShortestQuote = 8;    // room under which a quote says nothing
constexpr std::size_t kTextTags = 6;
constexpr std::size_t kTextFilenameWords = 6;

std::string quoted(const Claims& claims, std::size_t limit) {
  return "“" + cut_at_word(joined(claims.text, " "), limit) + "”";
}

bool is_photo(const Claims& claims) { return claims.kind == "photo"; }

/// `Drawing of `, `Logo showing `: what comes before the subject; nothing for photographs, and where the kind is a
/// guess.
std::string kind_prefix(const Claims& claims) {
  if (is_photo(claims) || claims.kind == "pattern" || !claims.is_kind_sure) {
    return "";
  }
  return claims.kind == "drawing" ? "Drawing of " : capitalised(claims.kind) + " showing ";
}

std::string format_word(const Claims& claims) {
  return capitalised(claims.orientation) + (claims.orientation == "square" ? "" : "-format");
}

/// Adds a sentence where it fits whole.
void add_sentence(std::string& text, const std::string& sentence, std::size_t limit) {
  const std::string longer = text.empty() ? sentence : text + " " + sentence;
  if (!sentence.empty() && utf8_length(longer) <= limit) {
    text = longer;
  }
}

std::size_t room_after(const std::string& text, std::size_t limit) {
  const std::size_t used = utf8_length(text);
  return used < limit ? limit - used : 0;
}

/// Words of the text that can be searched for.
std::vector<std::string> telling_words(const Claims& claims, std::size_t most) {
  std::vector<std::string> words;
  for (std::string& word : split_words(folded(joined(claims.text, " ")))) {
    const bool is_number = word.find_first_not_of("0123456789") == std::string::npos;
    const bool is_known = std::find(words.begin(), words.end(), word) != words.end();
    if (words.size() < most && word.size() >= 3 && !is_number && !is_known && !english::is_stop_word(word)) {
      words.push_back(std::move(word));
    }
  }
  return words;
}

std::string without_article(const Thing& thing) {
  return thing.count > 1 ? english::counted(thing.noun, thing.count) : thing.noun;
}

}  // namespace

std::string EnglishGrammar::spelled(std::string_view phrase) const {
  return spelling_ == Spelling::kAmerican ? english::american(phrase) : std::string(phrase);
}

std::string EnglishGrammar::colour_list(const Claims& claims, std::size_t most) const {
  std::vector<std::string> names(claims.colours.begin(), claims.colours.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                                      most, claims.colours.size())));
  return spelled(english::list(names));
}

std::string EnglishGrammar::subject_phrase(const Claims& claims) const {
  const Thing& subject = *claims.subject;
  if (claims.is_scene && (subject.noun == "mountain" || subject.noun == "valley")) {
    return "a " + subject.noun + " landscape";
  }
  // american() works word by word, so the article comes after it: "an aeroplane" but "a couch".
  return subject.count > 1 ? spelled(english::counted(subject.noun, subject.count))
                           : english::with_article(spelled(subject.noun));
}

/// "a dog and two people, with a bicycle and the text “Open”"
std::string EnglishGrammar::sight(const Claims& claims, std::size_t others, bool with_text) const {
  std::vector<std::string> lead{subject_phrase(claims)};
  std::vector<std::string> rest;
  for (std::size_t i = 0; i < std::min(others, claims.others.size()); ++i) {
    const Thing& thing = claims.others[i];
    std::string phrase = thing.count > 1 ? spelled(english::counted(thing.noun, thing.count))
                                         : english::with_article(spelled(thing.noun));
    (is_living(thing.noun) && !claims.is_scene ? lead : rest).push_back(std::move(phrase));
  }
  // Text that was read in part would mislead; it stays for the description.
  const bool is_text_told = !claims.is_text_unsure && claims.text_area >= kTextBesideSubject;
  if (with_text && is_text_told && !claims.text.empty()) {
    rest.push_back("the text " + quoted(claims, kQuoteInAlt));
  }
  const std::string whole = english::list(lead);
  return rest.empty() ? whole : whole + (lead.size() > 1 ? ", with " : " with ") + english::list(rest);
}

/// What is left when no thing is sure: the form and the colours.
std::string EnglishGrammar::by_colours(const Claims& claims) const {
  const std::string what = format_word(claims) + (claims.is_kind_sure ? " " + claims.kind : " picture");
  return claims.colours.empty() ? what : what + " dominated by " + colour_list(claims, 2);
}

/// "Chart", "Logo in red and white", "Landscape-format photo dominated by …"
std::string EnglishGrammar::by_kind(const Claims& claims) const {
  if (claims.is_blank) {
    return claims.colours.empty() ? "Plain surface" : "Plain " + colour_list(claims, 1) + " surface";
  }
  if (is_photo(claims) || claims.kind == "drawing" || !claims.is_kind_sure) {
    return by_colours(claims);
  }
  const std::string kind = capitalised(claims.kind);
  return claims.colours.empty() || !claims.text.empty() ? kind : kind + " in " + colour_list(claims, 2);
}

std::string EnglishGrammar::alt(const Claims& claims, std::size_t limit) const {
  if (claims.subject) {
    for (const bool with_text : {true, false}) {
      for (std::size_t others = claims.others.size() + 1; others-- > 0;) {
        const std::string text = capitalised(kind_prefix(claims) + sight(claims, others, with_text));
        if (utf8_length(text) <= limit) {
          return text;
        }
      }
    }
    return cut_at_word(capitalised(subject_phrase(claims)), limit);
  }
  const std::string what = by_kind(claims);
  if (claims.kind == "logo" && claims.is_kind_sure && !claims.text.empty()) {
    return cut_at_word(joined(claims.text, " ") + " logo", limit);
  }
  const std::string with_text = what + " with the text ";
  const std::size_t room = room_after(with_text, limit);
  if (!claims.text.empty() && room >= kShortestQuote + 2) {
    return with_text + quoted(claims, std::min(room - 2, 2 * kQuoteInAlt));
  }
  return cut_at_word(what, limit);
}

std::string EnglishGrammar::function_alt(const Claims& claims, const Context& context, std::size_t limit) const {
  if (context.purpose.starts_with("mailto:")) {
    return cut_at_word("Email " + context.purpose.substr(7), limit);
  }
  if (context.purpose.starts_with("tel:")) {
    return cut_at_word("Call " + context.purpose.substr(4), limit);
  }
  if (!context.purpose.empty()) {
    return cut_at_word(capitalised(context.purpose), limit);
  }
  if (!context.path_words.empty()) {
    return cut_at_word(capitalised(context.path_words) + (context.host.empty() ? "" : " on " + context.host), limit);
  }
  return context.host.empty() ? alt(claims, limit) : cut_at_word(context.host, limit);
}

std::string EnglishGrammar::title(const Claims& claims, std::size_t limit) const {
  if (claims.subject) {
    std::string text = capitalised(
        spelled(claims.is_scene ? subject_phrase(claims).substr(subject_phrase(claims).starts_with("a ") ? 2 : 0)
                                : without_article(*claims.subject)));
    std::vector<std::string> rest;
    for (const Thing& thing : claims.others) {
      rest.push_back(spelled(without_article(thing)));
      const std::string longer = text + " with " + english::list(rest);
      if (utf8_length(longer) > limit) {
        rest.pop_back();
      }
    }
    return cut_at_word(rest.empty() ? text : text + " with " + english::list(rest), limit);
  }
  if (!claims.text.empty()) {
    const bool is_text_first = is_photo(claims) || claims.kind == "logo" || !claims.is_kind_sure;
    return cut_at_word(
        capitalised(is_text_first ? joined(claims.text, " ") : claims.kind + ": " + joined(claims.text, " ")), limit);
  }
  if (claims.is_blank) {
    return cut_at_word(by_kind(claims), limit);
  }
  const std::string kind = capitalised(claims.is_kind_sure ? claims.kind : "picture");
  return cut_at_word(claims.colours.empty() ? kind : kind + " in " + colour_list(claims, 2), limit);
}

std::string EnglishGrammar::caption(const Claims& claims, std::size_t limit) const {
  const std::string first = alt(claims, limit > 1 ? limit - 1 : limit);
  std::string text = first.ends_with("…") ? first : first + ".";
  if (claims.subject && !claims.colours.empty()) {
    add_sentence(text, "Mostly " + colour_list(claims, 2) + ".", limit);
  }
  return cut_at_word(text, limit);
}

std::string EnglishGrammar::description(const Claims& claims, std::size_t limit) const {
  std::string text;
  if (claims.subject) {
    add_sentence(text, capitalised(kind_prefix(claims) + sight(claims, claims.others.size(), false)) + ".", limit);
    const std::string where = english::position(claims.subject->box);
    if (!where.empty() && claims.subject->count == 1 && !claims.is_scene) {
      add_sentence(text, "The " + spelled(claims.subject->noun) + " is " + spelled(where) + ".", limit);
    }
  } else {
    add_sentence(text, (claims.text.empty() ? by_kind(claims) : by_kind(claims) + " with text") + ".", limit);
  }
  // Without a subject the first sentence told form and two colours already.
  const bool is_form_told = !claims.subject && !claims.is_blank;
  std::string colours;
  if (!claims.colours.empty() && !claims.is_blank &&
      (!is_form_told || !claims.text.empty() || claims.colours.size() > 2)) {
    colours = spelled(claims.colours.size() > 1 ? "The main colours are " : "The main colour is ") +
              colour_list(claims, 3) + ".";
  }
  std::string form = is_form_told ? "" : format_word(claims) + (claims.is_kind_sure ? " " + claims.kind : " picture");
  if (claims.width > 0 && claims.height > 0) {
    form +=
        (form.empty() ? "" : ", ") + std::to_string(claims.width) + " × " + std::to_string(claims.height) + " pixels";
  }
  if (!claims.text.empty()) {
    // The text is what a reader needs; form and colours follow where there is room.
    const std::string lead = "The text reads ";
    const std::size_t room = room_after(text + " " + lead, limit);
    if (room >= kShortestQuote + 3) {
      add_sentence(text, lead + quoted(claims, room - 3) + ".", limit);
    }
  }
  add_sentence(text, colours, limit);
  add_sentence(text, form.empty() ? form : form + ".", limit);
  return cut_at_word(text, limit);
}

std::vector<std::string> EnglishGrammar::filename_words(const Claims& claims) const {
  std::vector<std::string> words;
  const auto add = [&](std::string_view phrase) {
    for (std::string& word : split_words(phrase)) {
      words.push_back(std::move(word));
    }
  };
  if (claims.subject) {
    const Thing& subject = *claims.subject;
    add(spelled(subject.count > 1 ? english::plural(subject.noun) : subject.noun));
    for (const Thing& thing : claims.others) {
      add(spelled(thing.count > 1 ? english::plural(thing.noun) : thing.noun));
    }
  } else {
    for (const std::string& word : telling_words(claims, kTextFilenameWords)) {
      add(word);
    }
  }
  if (words.empty()) {
    add(claims.is_blank ? "plain" : claims.is_kind_sure ? claims.kind : "picture");
    for (std::size_t i = 0; i < std::min<std::size_t>(2, claims.colours.size()); ++i) {
      add(spelled(claims.colours[i]));
    }
  } else if (!is_photo(claims) && claims.is_kind_sure) {
    add(claims.kind);
  }
  return words;
}

std::string EnglishGrammar::orientation_word(const Claims& claims) const { return claims.orientation; }

std::vector<std::string> EnglishGrammar::tags(const Claims& claims) const {
  std::vector<std::string> specific;
  std::vector<std::string> general;
  const auto add_thing = [&](const Thing& thing) {
    specific.push_back(spelled(thing.noun));
    for (std::string_view wider = thing.wider; !wider.empty(); wider = wider_noun(wider)) {
      general.push_back(spelled(wider));
    }
  };
  if (claims.subject) {
    add_thing(*claims.subject);
  }
  for (const Thing& thing : claims.others) {
    add_thing(thing);
  }
  for (std::string& word : telling_words(claims, kTextTags)) {
    specific.push_back(std::move(word));
  }
  if (claims.has_people && claims.subject && (claims.subject->is_person || claims.subject->count > 1)) {
    general.emplace_back("people");
  }
  for (const std::string& label : claims.labels) {
    (is_general(label) ? general : specific).push_back(spelled(label));
  }
  for (const std::string& colour : claims.colours) {
    general.push_back(spelled(colour));
  }
  general.push_back(claims.is_kind_sure ? claims.kind : "picture");
  general.push_back(claims.orientation + " format");
  if (specific.empty() && general.size() < 3) {
    general.emplace_back("picture");
    general.emplace_back("media");
  }
  specific.insert(specific.end(), general.begin(), general.end());
  return specific;
}

bool EnglishGrammar::is_stop_word(std::string_view folded_word) const { return english::is_stop_word(folded_word); }

std::vector<std::string> EnglishGrammar::same_meaning(std::string_view folded_term) const {
  std::vector<std::string> terms = english::synonyms(folded_term);
  terms.insert(terms.begin(), std::string(folded_term));
  const std::size_t count = terms.size();
  for (std::size_t i = 0; i < count; ++i) {
    terms.push_back(english::plural(terms[i]));
    terms.push_back(english::american(terms[i]));
  }
  return terms;
}

}  // namespace pictor::words
