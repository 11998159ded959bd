#include "imaging/embed/words.hpp"

namespace pictor::imaging {
namespace {

/// The upload's word where it has one and is preferred, or where there is no other.
std::string chosen(const std::string& ours, const std::string& uploaded, bool prefer_file) {
  return prefer_file && !uploaded.empty() ? uploaded : ours;
}

}  // namespace

Words words_for(const domain::RenderRequest& request, const domain::EmbeddedMetadata& embedded) {
  Words words;
  const bool prefer_file = request.settings.prefer_file;
  if (request.settings.embed_metadata && (request.metadata || prefer_file)) {
    const domain::Metadata metadata = request.metadata.value_or(domain::Metadata{});
    words.alt = chosen(metadata.alt, embedded.alt, prefer_file);
    words.title = chosen(metadata.title, embedded.title, prefer_file);
    words.caption = chosen(metadata.caption, embedded.caption, prefer_file);
    words.description = chosen(metadata.description, embedded.description, prefer_file);
    words.tags = prefer_file && !embedded.tags.empty() ? embedded.tags : metadata.seo_tags;
    words.copyright = chosen(metadata.copyright.value_or(""), embedded.copyright, prefer_file);
    words.creator = chosen(metadata.creator.value_or(""), embedded.creator, prefer_file);
    words.credit = chosen(metadata.credit.value_or(""), embedded.credit, prefer_file);
    // In which language the upload speaks, nobody knows.
    words.language = request.metadata ? metadata.language : "x-default";
  }
  if (request.settings.keep.copyright) {
    words.copyright = words.copyright.empty() ? embedded.copyright : words.copyright;
    words.creator = words.creator.empty() ? embedded.creator : words.creator;
    words.credit = words.credit.empty() ? embedded.credit : words.credit;
  }
  return words;
}

std::string cut_utf8(const std::string& text, std::size_t limit) {
  if (text.size() <= limit) {
    return text;
  }
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  return text.substr(0, end);
}

}  // namespace pictor::imaging
