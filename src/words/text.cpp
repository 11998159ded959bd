#include "words/text.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "words/transliteration.hpp"

namespace pictor::words {
namespace {

bool is_space(char32_t point) {
  return point == ' ' || (point >= 0x09 && point <= 0x0D) || point == 0x85 || point == 0xA0 || point == 0x1680 ||
         (point >= 0x2000 && point <= 0x200A) || point == 0x2028 || point == 0x2029 || point == 0x202F ||
         point == 0x205F || point == 0x3000;
}

/// Characters that show nothing themselves but change how the rest is shown, or nothing at all.
bool is_invisible(char32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0xAD || (point >= 0x200B && point <= 0x200F) ||
         (point >= 0x202A && point <= 0x202E) || (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF ||
         (point >= 0xFFF0 && point <= 0xFFFB) || point >= 0xE0000;
}

bool is_punctuation(char32_t point) {
  return (point >= 0xA1 && point <= 0xBF && point != 0xAA && point != 0xB5 && point != 0xBA) || point == 0xD7 ||
         point == 0xF7 || (point >= 0x2010 && point <= 0x205E) || (point >= 0x3001 && point <= 0x3003) ||
         (point >= 0x3008 && point <= 0x3011) || point == 0xFFFD;
}

bool is_ascii_word(char32_t point) {
  return (point >= '0' && point <= '9') || (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z');
}

}  // namespace

std::vector<char32_t> code_points(std::string_view text) {
  const std::string valid = to_valid_utf8(text);
  std::vector<char32_t> points;
  points.reserve(valid.size());
  for (std::size_t i = 0; i < valid.size();) {
    const auto lead = static_cast<unsigned char>(valid[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t point = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t k = 1; k < length; ++k) {
      point = (point << 6) | (static_cast<unsigned char>(valid[i + k]) & 0x3FU);
    }
    points.push_back(point);
    i += length;
  }
  return points;
}

std::string to_utf8(const std::vector<char32_t>& points) {
  std::string text;
  const auto put = [&text](char32_t value) { text.push_back(static_cast<char>(value)); };
  for (const char32_t point : points) {
    if (point < 0x80) {
      put(point);
    } else if (point < 0x800) {
      put(0xC0 | (point >> 6));
      put(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
      put(0xE0 | (point >> 12));
      put(0x80 | ((point >> 6) & 0x3F));
      put(0x80 | (point & 0x3F));
    } else {
      put(0xF0 | (point >> 18));
      put(0x80 | ((point >> 12) & 0x3F));
      put(0x80 | ((point >> 6) & 0x3F));
      put(0x80 | (point & 0x3F));
    }
  }
  return text;
}

std::string cleaned(std::string_view text) {
  std::vector<char32_t> kept;
  for (const char32_t point : code_points(text)) {
    if (is_space(point)) {
      if (!kept.empty() && kept.back() != ' ') {
        kept.push_back(' ');
      }
    } else if (!is_invisible(point)) {
      kept.push_back(point);
    }
  }
  if (!kept.empty() && kept.back() == ' ') {
    kept.pop_back();
  }
  return to_utf8(kept);
}

std::string cut_at_word(std::string_view text, std::size_t limit) {
  std::vector<char32_t> points = code_points(text);
  if (points.size() <= limit) {
    return to_utf8(points);
  }
  if (limit == 0) {
    return "";
  }
  std::size_t end = limit - 1;
  const bool ends_inside_word = points[end] != ' ';
  if (ends_inside_word) {
    const auto begin = points.begin();
    const auto space =
        std::find(std::make_reverse_iterator(begin + static_cast<std::ptrdiff_t>(end)), points.rend(), U' ');
    const auto at = static_cast<std::size_t>(points.rend() - space);
    // One word without end (a script without spaces, an address) is cut where the limit falls.
    end = at > limit / 3 ? at - 1 : end;
  }
  points.resize(end);
  while (!points.empty() &&
         (points.back() == ' ' || points.back() == ',' || points.back() == ';' || points.back() == '-')) {
    points.pop_back();
  }
  points.push_back(0x2026);
  return to_utf8(points);
}

std::string capitalised(std::string text) {
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z') {
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  }
  return text;
}

std::string lower_ascii(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

std::string folded(std::string_view text) {
  std::string out;
  const auto space = [&out] {
    if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  };
  for (const char32_t point : code_points(text)) {
    if (is_ascii_word(point)) {
      out.push_back(lower_ascii(std::string(1, static_cast<char>(point))).front());
    } else if (point == '\'' || point == 0x2019 || is_combining_mark(point)) {
      continue;  // dog's → dogs, e + ́ → e
    } else if (const std::string_view ascii = transliterated(point); !ascii.empty()) {
      out += lower_ascii(ascii);
    } else if (point < 0x80 || is_space(point) || is_invisible(point) || is_punctuation(point)) {
      space();
    } else {
      out += to_utf8({point});
    }
  }
  if (!out.empty() && out.back() == ' ') {
    out.pop_back();
  }
  return out;
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> parts;
  std::string part;
  for (const char c : text) {
    if (c != ' ') {
      part.push_back(c);
    } else if (!part.empty()) {
      parts.push_back(std::move(part));
      part.clear();
    }
  }
  if (!part.empty()) {
    parts.push_back(std::move(part));
  }
  return parts;
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const std::string& part : parts) {
    text += text.empty() ? part : std::string(between) + part;
  }
  return text;
}

bool contains_words(std::string_view whole, std::string_view part) {
  return !part.empty() && (" " + std::string(whole) + " ").find(" " + std::string(part) + " ") != std::string::npos;
}

}  // namespace pictor::words
