#include "domain/metadata.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "domain/checked_object.hpp"
#include "domain/json_fields.hpp"

namespace pictor::domain {
namespace {

Json nullable(const std::optional<std::string>& text) { return text ? Json(*text) : Json(nullptr); }

Json common_json(const Metadata& metadata) {
  return {{"alt", metadata.alt},
          {"title", metadata.title},
          {"caption", metadata.caption},
          {"description", metadata.description},
          {"filename", metadata.filename},
          {"seoTags", metadata.seo_tags},
          {"language", metadata.language},
          {"altRole", metadata.alt_role},
          {"copyright", nullable(metadata.copyright)},
          {"creator", nullable(metadata.creator)},
          {"credit", nullable(metadata.credit)},
          {"confidence", std::clamp(metadata.confidence, 0.0, 1.0)},
          {"needsReview", metadata.needs_review},
          {"source", metadata.source},
          {"model", metadata.model}};
}

void add_tail(Json& json, const Metadata& metadata) {
  json["review"] = metadata.review;
  json["reasons"] = metadata.reasons;
  json["version"] = metadata.version;
  json["editedAt"] = metadata.edited_at ? Json(format_timestamp(*metadata.edited_at)) : Json(nullptr);
}

/// A field that a person may write: null empties it (RFC 7396).
struct EditableText {
  const char* name;
  std::string Metadata::* field;
};
constexpr std::array kTexts = {
    EditableText{"alt", &Metadata::alt},
    EditableText{"title", &Metadata::title},
    EditableText{"caption", &Metadata::caption},
    EditableText{"description", &Metadata::description},
};
struct EditableRight {
  const char* name;
  std::optional<std::string> Metadata::* field;
};
constexpr std::array kRights = {
    EditableRight{"copyright", &Metadata::copyright},
    EditableRight{"creator", &Metadata::creator},
    EditableRight{"credit", &Metadata::credit},
};
constexpr std::array kReadOnly = {"confidence", "source", "model", "facts", "reasons", "version", "editedAt"};

bool is_null(const Json& patch, const char* name) {
  const auto at = patch.is_object() ? patch.find(name) : patch.end();
  return patch.is_object() && at != patch.end() && at->is_null();
}

void merge_words(CheckedObject& body, const Json& patch, Metadata& next) {
  for (const EditableText& row : kTexts) {
    if (const auto text = body.text(row.name, MetadataLimits::kEdited)) {
      next.*row.field = *text;
    } else if (is_null(patch, row.name)) {
      (next.*row.field).clear();
    }
  }
  for (const EditableRight& row : kRights) {
    if (const auto text = body.text(row.name, MetadataLimits::kEdited)) {
      next.*row.field = *text;
    } else if (is_null(patch, row.name)) {
      (next.*row.field).reset();
    }
  }
  if (const auto tags = body.texts("seoTags", MetadataLimits::kTags, 200)) {
    next.seo_tags = *tags;
  } else if (is_null(patch, "seoTags")) {
    next.seo_tags.clear();
  }
  if (const auto name = body.text("filename", MetadataLimits::kFilename)) {
    // Without a name of its own, an export is named after the upload.
    if (name->empty() || *name == next.filename || is_clean_filename(*name)) {
      next.filename = *name;
    } else {
      body.add_fault("filename",
                     "A file name has 1 to 60 characters, no extension needed, and none of / \\ : * ? \" < > | or "
                     "control characters; it does not begin with a dot.");
    }
  } else if (is_null(patch, "filename")) {
    next.filename.clear();
  }
}

void merge_choices(CheckedObject& body, Metadata& next) {
  if (const auto language = body.text("language", 35, 2)) {
    next.language = *language;
  }
  if (const auto role = body.one_of("altRole", {"informative", "functional", "decorative", "complex", "text"})) {
    next.alt_role = *role;
  }
  if (const auto review = body.one_of("review", {"pending", "approved", "rejected"})) {
    next.review = *review;
  }
  if (const auto needs = body.boolean("needsReview")) {
    next.needs_review = *needs;
  }
}

bool same_words(const Metadata& left, const Metadata& right) {
  const auto words = [](const Metadata& m) {
    return std::tie(m.alt, m.title, m.caption, m.description, m.filename, m.seo_tags, m.language, m.alt_role,
                    m.copyright, m.creator, m.credit);
  };
  return words(left) == words(right);
}

}  // namespace

Json to_api_json(const Metadata& metadata) {
  Json json = common_json(metadata);
  json["facts"] = to_api_json(metadata.facts);
  add_tail(json, metadata);
  return json;
}

Json to_json(const Metadata& metadata) {
  Json json = common_json(metadata);
  json["facts"] = to_json(metadata.facts);
  add_tail(json, metadata);
  return json;
}

Result<Metadata> metadata_from_json(const Json& json) {
  if (!json.is_object()) {
    return fail_internal("metadata are not an object");
  }
  const FieldReader reader(json);
  const auto optional_text = [&](const char* name) {
    return reader.has(name) ? std::optional<std::string>(reader.text(name)) : std::nullopt;
  };
  Metadata metadata;
  metadata.alt = reader.text("alt");
  metadata.title = reader.text("title");
  metadata.caption = reader.text("caption");
  metadata.description = reader.text("description");
  metadata.filename = reader.text("filename");
  metadata.seo_tags = reader.texts("seoTags");
  metadata.language = reader.text("language", "en");
  metadata.alt_role = reader.text("altRole", "informative");
  metadata.copyright = optional_text("copyright");
  metadata.creator = optional_text("creator");
  metadata.credit = optional_text("credit");
  metadata.confidence = reader.number("confidence");
  metadata.needs_review = reader.boolean("needsReview");
  metadata.source = reader.text("source", "local");
  metadata.model = reader.text("model");
  if (const Json* facts = reader.find("facts"); facts != nullptr && facts->is_object()) {
    Result<Facts> read = facts_from_json(*facts);
    if (!read) {
      return fail(read.error());
    }
    metadata.facts = *std::move(read);
  }
  metadata.review = reader.text("review", "pending");
  metadata.reasons = reader.texts("reasons");
  metadata.version = reader.integer("version", 1);
  if (const Result<Timestamp> at = parse_timestamp(reader.text("editedAt"))) {
    metadata.edited_at = *at;
  }
  return metadata;
}

Result<Metadata> merge_patch(const Metadata& current, const Json& patch, const std::string& pointer) {
  CheckedObject body(patch, pointer);
  Metadata next = current;
  merge_words(body, patch, next);
  merge_choices(body, next);
  const Json shown = to_api_json(current);
  for (const char* name : kReadOnly) {
    const Json* sent = body.raw(name);
    if (sent != nullptr && *sent != shown[name]) {
      body.add_fault(name, "This field is read-only: leave it out, or send it as it was.");
    }
  }
  if (const Result<void> checked = body.finish(); !checked) {
    return fail(checked.error());
  }
  if (!same_words(current, next)) {
    next.source = "edited";
  }
  return next;
}

bool is_clean_filename(std::string_view name) {
  if (name.empty() || name.front() == '.' || !is_utf8(name) || utf8_length(name) > MetadataLimits::kFilename) {
    return false;
  }
  return std::none_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F ||
           std::string_view("/\\:*?\"<>|").find(c) != std::string_view::npos;
  });
}

}  // namespace pictor::domain
