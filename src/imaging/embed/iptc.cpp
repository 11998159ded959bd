#include "imaging/embed/iptc.hpp"

#include <algorithm>
#include <functional>
#include <string_view>

#include "base/encoding.hpp"

namespace pictor::imaging {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kPhotoshop = "Photoshop 3.0\0"sv;
constexpr std::size_t kMaxValue = 0x7FFF;  ///< bytes of a standard dataset (IIM 4.2, section 1.5)
constexpr std::uint8_t kTitle = 5, kKeyword = 25, kCreator = 80, kCredit = 110, kCopyright = 116, kCaption = 120;

using Visit = std::function<void(std::uint8_t record, std::uint8_t dataset, std::span<const std::uint8_t> value)>;

/// Walks standard datasets; stops at the first thing that is not one.
void walk_datasets(std::span<const std::uint8_t> bytes, const Visit& visit) {
  while (bytes.size() >= 5 && bytes[0] == 0x1C) {
    const std::size_t length = static_cast<std::size_t>(bytes[3]) << 8U | bytes[4];
    if ((bytes[3] & 0x80U) != 0 || length > bytes.size() - 5) {
      return;
    }
    visit(bytes[1], bytes[2], bytes.subspan(5, length));
    bytes = bytes.subspan(5 + length);
  }
}

/// The IIM datasets inside image resources, or the bytes themselves where they are datasets.
std::span<const std::uint8_t> datasets_of(std::span<const std::uint8_t> block) {
  const std::string_view text(reinterpret_cast<const char*>(block.data()), block.size());
  if (text.starts_with(kPhotoshop)) {
    block = block.subspan(kPhotoshop.size());
  }
  while (block.size() >= 12 && std::equal(block.begin(), block.begin() + 4, "8BIM")) {
    const std::size_t name = 1 + static_cast<std::size_t>(block[6]);
    const std::size_t header = 6 + name + name % 2;
    if (block.size() < header + 4) {
      return {};
    }
    const std::size_t size = static_cast<std::size_t>(block[header]) << 24U |
                             static_cast<std::size_t>(block[header + 1]) << 16U |
                             static_cast<std::size_t>(block[header + 2]) << 8U | block[header + 3];
    if (size > block.size() - header - 4) {
      return {};
    }
    if (block[4] == 0x04 && block[5] == 0x04) {
      return block.subspan(header + 4, size);
    }
    block = block.subspan(std::min(block.size(), header + 4 + size + size % 2));
  }
  return !block.empty() && block[0] == 0x1C ? block : std::span<const std::uint8_t>();
}

std::string utf8_of(std::span<const std::uint8_t> value) {
  const std::string_view text(reinterpret_cast<const char*>(value.data()), value.size());
  if (is_utf8(text)) {
    return std::string(text);
  }
  std::string converted;
  for (const std::uint8_t byte : value) {
    if (byte < 0x80) {
      converted += static_cast<char>(byte);
    } else {
      converted += static_cast<char>(0xC0U | byte >> 6U);
      converted += static_cast<char>(0x80U | (byte & 0x3FU));
    }
  }
  return converted;
}

void put_dataset(std::vector<std::uint8_t>& out, std::uint8_t record, std::uint8_t dataset, std::string_view value) {
  out.insert(out.end(), {0x1C, record, dataset, static_cast<std::uint8_t>(value.size() >> 8U),
                         static_cast<std::uint8_t>(value.size())});
  out.insert(out.end(), value.begin(), value.end());
}

/// Longest values in bytes (IIM 4.2, section 6).
void put_words(std::vector<std::uint8_t>& out, const Words& words) {
  const auto put = [&](std::uint8_t dataset, const std::string& text, std::size_t limit) {
    if (!text.empty()) {
      put_dataset(out, 2, dataset, cut_utf8(text, limit));
    }
  };
  put(kTitle, words.title, 64);
  for (const std::string& tag : words.tags) {
    put(kKeyword, tag, 64);
  }
  put(kCreator, words.creator, 32);
  put(kCredit, words.credit, 32);
  put(kCopyright, words.copyright, 128);
  put(kCaption, words.caption, 2'000);
}

bool is_ours(std::uint8_t dataset) {
  return dataset == kTitle || dataset == kKeyword || dataset == kCreator || dataset == kCredit ||
         dataset == kCopyright || dataset == kCaption;
}

}  // namespace

std::vector<std::uint8_t> write_iptc(const Words& words, std::span<const std::uint8_t> base) {
  std::vector<std::uint8_t> fields;
  walk_datasets(datasets_of(base), [&](std::uint8_t record, std::uint8_t dataset, std::span<const std::uint8_t> value) {
    // 200 to 202 are binary previews of the picture as it was: they go.
    if (record == 2 && dataset != 0 && dataset < 200 && (!is_ours(dataset) || words.empty())) {
      // Latin-1 grows when it becomes UTF-8; past this length a dataset would read as an extended one.
      put_dataset(fields, record, dataset, cut_utf8(utf8_of(value), kMaxValue));
    }
  });
  put_words(fields, words);
  if (fields.empty()) {
    return {};
  }
  std::vector<std::uint8_t> records;
  put_dataset(records, 1, 90, "\x1B%G");
  put_dataset(records, 2, 0, "\0\x04"sv);
  records.insert(records.end(), fields.begin(), fields.end());

  std::vector<std::uint8_t> block(kPhotoshop.begin(), kPhotoshop.end());
  const auto size = static_cast<std::uint32_t>(records.size());
  block.insert(block.end(), {'8', 'B', 'I', 'M', 0x04, 0x04, 0, 0, static_cast<std::uint8_t>(size >> 24U),
                             static_cast<std::uint8_t>(size >> 16U), static_cast<std::uint8_t>(size >> 8U),
                             static_cast<std::uint8_t>(size)});
  block.insert(block.end(), records.begin(), records.end());
  if (size % 2 != 0) {
    block.push_back(0);
  }
  return block;
}

Words read_iptc(std::span<const std::uint8_t> block) {
  Words words;
  walk_datasets(datasets_of(block),
                [&](std::uint8_t record, std::uint8_t dataset, std::span<const std::uint8_t> value) {
                  if (record != 2) {
                    return;
                  }
                  switch (dataset) {
                    case kTitle:
                      words.title = utf8_of(value);
                      break;
                    case kKeyword:
                      words.tags.push_back(utf8_of(value));
                      break;
                    case kCreator:
                      words.creator = utf8_of(value);
                      break;
                    case kCredit:
                      words.credit = utf8_of(value);
                      break;
                    case kCopyright:
                      words.copyright = utf8_of(value);
                      break;
                    case kCaption:
                      words.caption = utf8_of(value);
                      break;
                    default:
                      break;
                  }
                });
  return words;
}

}  // namespace pictor::imaging
