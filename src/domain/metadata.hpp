#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "domain/facts.hpp"

namespace pictor::domain {

/// What analyze makes and people edit: the words of one picture.
struct Metadata {
  std::string alt;
  std::string title;
  std::string caption;
  std::string description;
  std::string filename;  ///< without extension: lower-case ASCII words joined by hyphens, at most 60 characters
  std::vector<std::string> seo_tags;
  std::string language = "en";
  std::string alt_role = "informative";  ///< informative functional decorative complex text
  std::optional<std::string> copyright;
  std::optional<std::string> creator;
  std::optional<std::string> credit;
  double confidence = 0;  ///< 0..1
  bool needs_review = false;
  std::string source = "local";  ///< local openai-compatible edited
  std::string model;
  Facts facts;
  std::string review = "pending";    ///< pending approved rejected
  std::vector<std::string> reasons;  ///< why a person should look: codes such as `low_confidence`
  int version = 1;                   ///< grows by one with every change
  std::optional<Timestamp> edited_at;
};

/// An earlier or the present state of an image's words.
struct MetadataVersion {
  int version = 1;
  Metadata metadata;
  std::string changed_by;  ///< `analyze`, or the key id that edited or restored
  Timestamp changed_at;
};

/// Lengths that the API promises, code points.
struct MetadataLimits {
  static constexpr std::size_t kTitle = 60;
  static constexpr std::size_t kCaption = 200;
  static constexpr std::size_t kDescription = 500;
  static constexpr std::size_t kEdited = 10'000;  ///< of any one field that a person wrote
  static constexpr std::size_t kTags = 50;
  static constexpr std::size_t kFilename = 60;
};

/// The API's form (section 3).
[[nodiscard]] Json to_api_json(const Metadata& metadata);
/// The whole form for rows: the API's form, with the whole facts.
[[nodiscard]] Json to_json(const Metadata& metadata);
[[nodiscard]] Result<Metadata> metadata_from_json(const Json& json);

/// Applies a JSON Merge Patch (RFC 7396) of a client. Editable: alt title caption description filename seoTags language
/// altRole copyright creator credit review needsReview. Read-only fields of the API's form are accepted when they are
/// unchanged (so that what GET gave can be PUT back), else refused. `source` becomes `edited` when words changed.
/// Does not touch `version` and `edited_at`: the store does, in its transaction.
/// @param pointer  prefix for the errors' pointers, e.g. `/data/3/metadata`
/// @error kUnknownField, kInvalidField  with every bad field named; nothing is applied
[[nodiscard]] Result<Metadata> merge_patch(const Metadata& current, const Json& patch, const std::string& pointer = "");

/// True for a name that may go into a file system and a header: no separators, control characters, leading dots; 1..60
/// characters.
[[nodiscard]] bool is_clean_filename(std::string_view name);

}  // namespace pictor::domain
