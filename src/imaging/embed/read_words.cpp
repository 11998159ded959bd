#include "imaging/embed/read_words.hpp"

#include "imaging/embed/exif.hpp"
#include "imaging/embed/iptc.hpp"
#include "imaging/embed/words.hpp"
#include "imaging/embed/xmp.hpp"

namespace pictor::imaging {
namespace {

/// Rows and answers hold these: a hostile file must not make them megabytes.
constexpr std::size_t kLongest = 10'000;
constexpr std::size_t kMostTags = 100;

/// Cameras fill fields that nobody wrote with blanks.
std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string::npos ? std::string() : text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string first_of(const std::string& one, const std::string& two, const std::string& three = {}) {
  for (const std::string* text : {&one, &two, &three}) {
    if (std::string words = trimmed(*text); !words.empty()) {
      return cut_utf8(words, kLongest);
    }
  }
  return {};
}

}  // namespace

domain::EmbeddedMetadata read_words(const Blocks& blocks) {
  const Words xmp = read_xmp(blocks.xmp);
  const Words iptc = read_iptc(blocks.iptc);
  const ExifWords exif = read_exif(blocks.exif);
  domain::EmbeddedMetadata words;
  words.alt = first_of(xmp.alt, {});
  words.title = first_of(xmp.title, iptc.title);
  words.caption = first_of(xmp.caption, iptc.caption);
  words.description = first_of(xmp.description, exif.words.description);
  words.tags = xmp.tags.empty() ? iptc.tags : xmp.tags;
  words.tags.resize(std::min(words.tags.size(), kMostTags));
  for (std::string& tag : words.tags) {
    tag = cut_utf8(tag, 500);
  }
  words.copyright = first_of(xmp.copyright, iptc.copyright, exif.words.copyright);
  words.creator = first_of(xmp.creator, iptc.creator, exif.words.creator);
  words.credit = first_of(xmp.credit, iptc.credit);
  words.has_gps = exif.has_gps || xmp_has_place(blocks.xmp);
  words.has_exif = !blocks.exif.empty();
  words.has_iptc = !blocks.iptc.empty();
  words.has_xmp = !blocks.xmp.empty();
  words.captured_at = cut_utf8(exif.captured_at, 64);
  words.camera = cut_utf8(exif.camera, 200);
  return words;
}

}  // namespace pictor::imaging
