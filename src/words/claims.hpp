#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/facts.hpp"

namespace pictor::words {

/// From which certainty something may be said at all. One place, so that tests hold every sentence to it.
struct ClaimLimits {
  static constexpr double kDetected = 0.5;  ///< a further object
  static constexpr double kPerson = 0.5;    ///< a person as subject
  static constexpr double kSubject = 0.3;   ///< a subject that detector and classifier share, or one class of it
  static constexpr double kGroup = 0.15;  ///< a subject by a whole group: the fusion rule has its own, measured, limits
  static constexpr double kLabel = 0.7;   ///< a label as a tag
  static constexpr double kText = 0.8;    ///< a line of text in something drawn or printed
  static constexpr double kTextInPhoto = 0.9;  ///< a line of text in a photograph
  static constexpr double kFace = 0.75;        ///< a face that asks for review
  static constexpr double kNsfw = 0.8;
  static constexpr double kColourShare = 0.12;
  static constexpr double kKind = 0.6;
};

/// Something that may be said to be in the picture.
struct Thing {
  std::string noun;   ///< canonical, English, singular
  std::string wider;  ///< may be empty
  int count = 1;      ///< seen for sure
  bool is_person = false;
  double confidence = 0;
  domain::Box box{};  ///< all zero when unknown
};

/// What may be claimed of a picture: facts less everything that is not sure enough. Language comes after this.
struct Claims {
  std::optional<Thing> subject;
  bool is_scene = false;
  bool is_backed_off = false;        ///< the subject is the wider word of one that was not sure enough
  std::vector<Thing> others;         ///< at most 3, heaviest first, none of the subject's kind
  std::vector<std::string> colours;  ///< at most 3 names, largest share first
  std::vector<std::string> labels;   ///< further nouns that hold of the whole, most probable first
  std::vector<std::string> text;     ///< lines that were read for sure, in reading order
  double text_confidence = 0;        ///< mean over `text`
  double text_area = 0;              ///< 0..1 of the picture under all of them
  bool is_text_unsure = false;       ///< text was seen that could not be read for sure
  std::string kind = "photo";
  bool is_kind_sure = false;  ///< never for a photograph of which nothing else is known: paintings pass for those
  std::string orientation = "landscape";
  bool has_people = false;
  bool is_nsfw = false;
  bool is_blank = false;
  int width = 0;   ///< px
  int height = 0;  ///< px
};

/// @return what holds; pure
[[nodiscard]] Claims claims_of(const domain::Facts& facts);

}  // namespace pictor::words
