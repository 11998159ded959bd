#include "service/filenames.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "domain/metadata.hpp"

namespace pictor::service {
namespace {

constexpr std::size_t kLongest = 120;  // bytes; file systems take 255, and `-1440w.webp` comes behind

void cut_at_character(std::string& text, std::size_t limit) {
  if (text.size() <= limit) {
    return;
  }
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  text.resize(end);
}

}  // namespace

std::string stem_of(const std::string& filename) {
  const std::size_t dot = filename.rfind('.');
  std::string stem = to_valid_utf8(dot == std::string::npos || dot == 0 ? filename : filename.substr(0, dot));
  for (char& c : stem) {
    const bool bad = static_cast<unsigned char>(c) <= ' ' || c == 0x7F ||
                     std::string_view("/\\:*?\"<>|{}").find(c) != std::string_view::npos;
    c = bad ? '-' : c;
  }
  while (stem.starts_with('.') || stem.starts_with('-')) {
    stem.erase(0, 1);
  }
  cut_at_character(stem, kLongest);
  return stem;
}

std::string slug_of(const std::string& filename) {
  std::string slug;
  for (const char c : stem_of(filename)) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool is_word = is_upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_word) {
      slug += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  slug.resize(std::min(slug.size(), domain::MetadataLimits::kFilename));
  while (slug.ends_with('-')) {
    slug.pop_back();
  }
  return slug;
}

std::string name_of_digest(const domain::BlobId& digest) { return "image-" + digest.substr(0, 8); }

std::string export_name(const domain::ExportSettings& settings, const std::string& metadata_name,
                        const std::string& original, const domain::BlobId& digest) {
  std::string name = domain::is_clean_filename(metadata_name) ? metadata_name : stem_of(original);
  if (name.empty()) {
    name = name_of_digest(digest);
  }
  if (settings.filename.empty()) {
    return name;
  }
  std::string result = settings.filename;
  if (const std::size_t at = result.find("{filename}"); at != std::string::npos) {
    result.replace(at, 10, name);
  }
  cut_at_character(result, kLongest);
  return result;
}

}  // namespace pictor::service
