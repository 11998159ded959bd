#include "imaging/encode/svg_css.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace pictor::imaging {
namespace {

constexpr std::array<std::string_view, 6> kRasterTypes = {"png", "jpeg", "jpg", "gif", "webp", "avif"};
/// Words that make CSS load something. Those after the second are not understood here.
constexpr std::array<std::string_view, 10> kLoaders = {"url(",        "@import",    "image(",       "image-set(",
                                                       "src(",        "expression", "-moz-binding", "behavior",
                                                       "javascript:", "@namespace"};
constexpr std::size_t kUnderstood = 2;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) { return lower(c); });
  return result;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (is_space(text.front()) || static_cast<unsigned char>(text.front()) < 0x20U)) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_space(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

int hex_value(char c) {
  const char small = lower(c);
  if (small >= '0' && small <= '9') {
    return small - '0';
  }
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/// Without comments, with escapes (CSS Syntax 3, 4.3.7) read as the ASCII letters they stand for.
std::string plain(std::string_view css) {
  std::string result;
  for (std::size_t i = 0; i < css.size();) {
    if (css[i] != '\\') {
      result += lower(css[i++]);
      continue;
    }
    ++i;
    std::uint32_t code = 0;
    std::size_t digits = 0;
    while (i < css.size() && digits < 6 && hex_value(css[i]) >= 0) {
      code = code * 16 + static_cast<std::uint32_t>(hex_value(css[i++]));
      ++digits;
    }
    if (digits > 0) {
      result += code < 128 ? lower(static_cast<char>(code)) : '?';
      i += i < css.size() && is_space(css[i]) ? 1 : 0;
    } else if (i < css.size() && css[i] == '\n') {
      ++i;  // a line that goes on
    } else if (i < css.size()) {
      result += lower(css[i++]);
    }
  }
  return result;
}

std::size_t count_of(std::string_view text, std::string_view word) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    ++count;
  }
  return count;
}

/// Comments are nothing, in and between words.
std::string without_comments(std::string_view css) {
  std::string result;
  for (std::size_t i = 0; i < css.size();) {
    if (css.substr(i, 2) == "/*") {
      const std::size_t end = css.find("*/", i + 2);
      i = end == std::string_view::npos ? css.size() : end + 2;
      result += ' ';
    } else {
      result += css[i++];
    }
  }
  return result;
}

bool understood(std::string_view css) {
  const std::string raw = lower(css);
  const std::string read = plain(css);
  for (std::size_t i = 0; i < kLoaders.size(); ++i) {
    const std::size_t count = count_of(read, kLoaders.at(i));
    if (count != count_of(raw, kLoaders.at(i)) || (i >= kUnderstood && count > 0)) {
      return false;
    }
  }
  return true;
}

/// Where a quoted string that begins at `at` ends: behind its last quote.
std::size_t end_of_string(std::string_view css, std::size_t at) {
  const char quote = css[at++];
  while (at < css.size() && css[at] != quote) {
    at += css[at] == '\\' ? 2 : 1;
  }
  return std::min(css.size(), at + 1);
}

/// Behind the `)` that ends `url(` whose inside begins at `at`.
std::size_t end_of_url(std::string_view css, std::size_t at) {
  while (at < css.size() && is_space(css[at])) {
    ++at;
  }
  if (at < css.size() && (css[at] == '"' || css[at] == '\'')) {
    at = end_of_string(css, at);
  }
  const std::size_t end = css.find(')', at);
  return end == std::string_view::npos ? css.size() : end + 1;
}

std::string_view unquoted(std::string_view reference) {
  reference = trimmed(reference);
  if (reference.size() >= 2 && (reference.front() == '"' || reference.front() == '\'') &&
      reference.back() == reference.front()) {
    reference = reference.substr(1, reference.size() - 2);
  }
  return trimmed(reference);
}

/// Behind an `@import`: its semicolon, or the end.
std::size_t end_of_import(std::string_view css, std::size_t at) {
  while (at < css.size() && css[at] != ';' && css[at] != '}') {
    at = css[at] == '"' || css[at] == '\'' ? end_of_string(css, at) : at + 1;
  }
  return at < css.size() && css[at] == ';' ? at + 1 : at;
}

}  // namespace

bool stays_inside(std::string_view reference) {
  const std::string_view wanted = trimmed(reference);
  if (wanted.starts_with('#')) {
    return true;
  }
  const std::string head = lower(wanted.substr(0, 32));
  constexpr std::string_view kPicture = "data:image/";
  if (!head.starts_with(kPicture)) {
    return false;
  }
  const std::string_view type = std::string_view(head).substr(kPicture.size());
  return std::any_of(kRasterTypes.begin(), kRasterTypes.end(), [&](std::string_view raster) {
    return type.starts_with(raster) && type.size() > raster.size() &&
           (type[raster.size()] == ';' || type[raster.size()] == ',');
  });
}

std::string clean_css(std::string_view css) {
  const std::string bare = without_comments(css);
  if (!understood(bare)) {
    return {};
  }
  const std::string small = lower(bare);
  std::string result;
  for (std::size_t i = 0; i < bare.size();) {
    const std::string_view rest = std::string_view(small).substr(i);
    if (rest.starts_with("@import")) {
      i = end_of_import(bare, i);
    } else if (rest.starts_with("url(")) {
      const std::size_t end = end_of_url(bare, i + 4);
      const bool closed = bare[end - 1] == ')';
      const std::string_view inside = std::string_view(bare).substr(i + 4, end - i - 4 - (closed ? 1 : 0));
      result += closed && stays_inside(unquoted(inside)) ? bare.substr(i, end - i) : std::string("none");
      i = end;
    } else if (bare[i] == '"' || bare[i] == '\'') {
      const std::size_t end = end_of_string(bare, i);
      // Browsers and this scanner may differ on where a string ends: what loads has no place in one.
      const std::string inside = lower(std::string_view(bare).substr(i, end - i));
      if (inside.find("url(") != std::string::npos || inside.find("@import") != std::string::npos) {
        return {};
      }
      result.append(bare, i, end - i);
      i = end;
    } else if (is_space(bare[i])) {
      result += !result.empty() && is_space(result.back()) ? "" : " ";
      ++i;
    } else {
      result += bare[i++];
    }
  }
  return std::string(trimmed(result));
}

}  // namespace pictor::imaging
