#include "imaging/embed/exif.hpp"

#include <cstdlib>
#include <cstring>
#include <libexif/exif-data.h>
#include <memory>

#include "base/encoding.hpp"

namespace pictor::imaging {
namespace {

struct UnrefData {
  void operator()(ExifData* exif) const { exif_data_unref(exif); }
};
using Exif = std::unique_ptr<ExifData, UnrefData>;

constexpr std::uint8_t kPrefix[] = {'E', 'x', 'i', 'f', 0, 0};

Exif parsed(std::span<const std::uint8_t> block) {
  if (block.empty()) {
    return nullptr;
  }
  std::vector<std::uint8_t> prefixed(std::begin(kPrefix), std::end(kPrefix));
  prefixed.insert(prefixed.end(), block.begin(), block.end());
  Exif exif(exif_data_new());
  exif_data_unset_option(exif.get(), EXIF_DATA_OPTION_FOLLOW_SPECIFICATION);
  exif_data_load_data(exif.get(), prefixed.data(), static_cast<unsigned>(prefixed.size()));
  return exif;
}

void remove_tag(ExifData* exif, ExifIfd ifd, ExifTag tag) {
  if (ExifEntry* entry = exif_content_get_entry(exif->ifd[ifd], tag)) {
    exif_content_remove_entry(exif->ifd[ifd], entry);
  }
}

void clear_ifd(ExifData* exif, ExifIfd ifd) {
  while (exif->ifd[ifd]->count > 0) {
    exif_content_remove_entry(exif->ifd[ifd], exif->ifd[ifd]->entries[0]);
  }
}

void put_entry(ExifData* exif, ExifTag tag, ExifFormat format, std::span<const std::uint8_t> value) {
  remove_tag(exif, EXIF_IFD_0, tag);
  if (value.empty()) {
    return;
  }
  ExifMem* memory = exif_mem_new_default();
  ExifEntry* entry = exif_entry_new_mem(memory);
  entry->data = static_cast<unsigned char*>(exif_mem_alloc(memory, static_cast<ExifLong>(value.size())));
  std::memcpy(entry->data, value.data(), value.size());
  entry->size = static_cast<unsigned>(value.size());
  entry->tag = tag;
  entry->components = value.size() / exif_format_get_size(format);
  entry->format = format;
  exif_content_add_entry(exif->ifd[EXIF_IFD_0], entry);
  exif_entry_unref(entry);
  exif_mem_unref(memory);
}

void put_text(ExifData* exif, ExifTag tag, const std::string& text) {
  if (!text.empty()) {
    std::vector<std::uint8_t> value(text.begin(), text.end());
    value.push_back(0);
    put_entry(exif, tag, EXIF_FORMAT_ASCII, value);
  }
}

/// Windows' keywords: UTF-16LE, `;` between, ended by zero.
std::vector<std::uint8_t> utf16_of(const std::string& text) {
  std::vector<std::uint8_t> out;
  const auto put = [&](std::uint32_t unit) {
    out.insert(out.end(), {static_cast<std::uint8_t>(unit), static_cast<std::uint8_t>(unit >> 8U)});
  };
  const std::string valid = to_valid_utf8(text);
  for (std::size_t at = 0; at < valid.size();) {
    const auto first = static_cast<unsigned char>(valid[at]);
    const std::size_t length = first < 0x80 ? 1 : (first < 0xE0 ? 2 : (first < 0xF0 ? 3 : 4));
    std::uint32_t point = length == 1 ? first : first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
      point = point << 6U | (static_cast<unsigned char>(valid[at + i]) & 0x3FU);
    }
    at += length;
    if (point >= 0x10000) {
      put(0xD800U + ((point - 0x10000U) >> 10U));
      put(0xDC00U + ((point - 0x10000U) & 0x3FFU));
    } else {
      put(point);
    }
  }
  put(0);
  return out;
}

std::string keywords_of(const std::vector<std::string>& tags) {
  std::string text;
  for (const std::string& tag : tags) {
    text += text.empty() ? tag : ";" + tag;
  }
  return text;
}

std::string text_of(ExifData* exif, ExifIfd ifd, ExifTag tag) {
  const ExifEntry* entry = exif_content_get_entry(exif->ifd[ifd], tag);
  if (entry == nullptr || entry->format != EXIF_FORMAT_ASCII || entry->data == nullptr) {
    return {};
  }
  const std::string_view raw(reinterpret_cast<const char*>(entry->data), entry->size);
  std::string text = to_valid_utf8(raw.substr(0, raw.find('\0')));
  while (text.ends_with(' ')) {
    text.pop_back();
  }
  return text;
}

/// What of the upload's block stays, upright and without its thumbnail.
void reduce(ExifData* exif, const domain::Keep& keep) {
  // The thumbnail shows the picture as it was, turned and uncropped. libexif frees by its own allocator, which is
  // malloc's.
  std::free(exif->data);
  exif->data = nullptr;
  exif->size = 0;
  clear_ifd(exif, EXIF_IFD_1);
  if (!keep.gps) {
    clear_ifd(exif, EXIF_IFD_GPS);
  }
  if (!keep.exif) {
    clear_ifd(exif, EXIF_IFD_0);
    clear_ifd(exif, EXIF_IFD_EXIF);
    clear_ifd(exif, EXIF_IFD_INTEROPERABILITY);
  }
  // Maker notes hold offsets that move, serial numbers and often places.
  remove_tag(exif, EXIF_IFD_EXIF, EXIF_TAG_MAKER_NOTE);
  static constexpr std::uint8_t kUpright[] = {1, 0};
  if (exif_content_get_entry(exif->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION) != nullptr) {
    put_entry(exif, EXIF_TAG_ORIENTATION, EXIF_FORMAT_SHORT, kUpright);
  }
}

bool is_empty(const ExifData* exif) {
  unsigned count = 0;
  for (const ExifContent* directory : exif->ifd) {
    count += directory->count;
  }
  return count == 0;
}

}  // namespace

std::vector<std::uint8_t> write_exif(const Words& words, std::span<const std::uint8_t> base, const domain::Keep& keep) {
  Exif exif = keep.exif || keep.gps ? parsed(base) : nullptr;
  if (!exif) {
    exif.reset(exif_data_new());
    exif_data_unset_option(exif.get(), EXIF_DATA_OPTION_FOLLOW_SPECIFICATION);
  }
  exif_data_set_byte_order(exif.get(), EXIF_BYTE_ORDER_INTEL);
  reduce(exif.get(), keep);
  put_text(exif.get(), EXIF_TAG_IMAGE_DESCRIPTION, words.description);
  put_text(exif.get(), EXIF_TAG_ARTIST, words.creator);
  put_text(exif.get(), EXIF_TAG_COPYRIGHT, words.copyright);
  if (!words.tags.empty()) {
    put_entry(exif.get(), EXIF_TAG_XP_KEYWORDS, EXIF_FORMAT_BYTE, utf16_of(keywords_of(words.tags)));
  }
  if (is_empty(exif.get())) {
    return {};
  }
  unsigned char* bytes = nullptr;
  unsigned size = 0;
  exif_data_save_data(exif.get(), &bytes, &size);
  const std::unique_ptr<unsigned char, void (*)(void*)> owner(bytes, std::free);
  return size > sizeof kPrefix ? std::vector<std::uint8_t>(bytes + sizeof kPrefix, bytes + size)
                               : std::vector<std::uint8_t>();
}

ExifWords read_exif(std::span<const std::uint8_t> block) {
  ExifWords found;
  const Exif exif = parsed(block);
  if (!exif) {
    return found;
  }
  found.words.description = text_of(exif.get(), EXIF_IFD_0, EXIF_TAG_IMAGE_DESCRIPTION);
  found.words.creator = text_of(exif.get(), EXIF_IFD_0, EXIF_TAG_ARTIST);
  found.words.copyright = text_of(exif.get(), EXIF_IFD_0, EXIF_TAG_COPYRIGHT);
  found.has_gps = exif->ifd[EXIF_IFD_GPS]->count > 0;
  found.captured_at = text_of(exif.get(), EXIF_IFD_EXIF, EXIF_TAG_DATE_TIME_ORIGINAL);
  const std::string make = text_of(exif.get(), EXIF_IFD_0, EXIF_TAG_MAKE);
  const std::string model = text_of(exif.get(), EXIF_IFD_0, EXIF_TAG_MODEL);
  found.camera = model.starts_with(make) || make.empty() ? model : make + " " + model;
  return found;
}

}  // namespace pictor::imaging
