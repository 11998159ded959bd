#include "service/words_of.hpp"

#include "service/filenames.hpp"

namespace pictor::service {
namespace {

std::optional<std::string> if_any(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

}  // namespace

domain::Metadata words_of(const domain::Image& image) {
  if (image.metadata) {
    return *image.metadata;
  }
  domain::Metadata words;
  words.source = "edited";
  words.version = 0;
  words.confidence = 1;
  words.filename = slug_of(image.original_filename);
  if (words.filename.empty()) {
    words.filename = name_of_digest(image.blob);
  }
  words.copyright = if_any(image.info.embedded.copyright);
  words.creator = if_any(image.info.embedded.creator);
  words.credit = if_any(image.info.embedded.credit);
  return words;
}

Json editable_part(const Json& patch) {
  Json part = patch;
  for (const char* name : {"confidence", "source", "model", "facts", "reasons", "version", "editedAt"}) {
    part.erase(name);
  }
  return part;
}

}  // namespace pictor::service
