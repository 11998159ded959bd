#include "http/header_values.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/encoding.hpp"
#include "http/query.hpp"

namespace pictor::http {
namespace {

constexpr std::size_t kMaxNameBytes = 255;

/// A token, or a quoted string without its quotes and escapes.
std::string unquoted(std::string_view value) {
  value = trimmed(value);
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') {
    return std::string(value);
  }
  std::string text;
  for (std::size_t i = 1; i + 1 < value.size(); ++i) {
    // Only \" and \\ are escapes: some browsers send Windows paths with plain backslashes.
    if (value[i] == '\\' && i + 2 < value.size() && (value[i + 1] == '"' || value[i + 1] == '\\')) {
      ++i;
    }
    text += value[i];
  }
  return text;
}

std::vector<std::pair<std::string, std::string>> parse_parameters(const std::vector<std::string_view>& pieces) {
  std::vector<std::pair<std::string, std::string>> parameters;
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const std::size_t equals = pieces[i].find('=');
    if (equals != std::string_view::npos) {
      parameters.emplace_back(lower_ascii(trimmed(pieces[i].substr(0, equals))),
                              unquoted(pieces[i].substr(equals + 1)));
    }
  }
  return parameters;
}

/// RFC 5987 ext-value: charset'language'percent-encoded; UTF-8 only.
std::optional<std::string> decode_extended(std::string_view value) {
  const std::size_t first = value.find('\'');
  const std::size_t second = first == std::string_view::npos ? first : value.find('\'', first + 1);
  if (second == std::string_view::npos || lower_ascii(value.substr(0, first)) != "utf-8") {
    return std::nullopt;
  }
  Result<std::string> decoded = percent_decode(value.substr(second + 1), false);
  return decoded ? std::optional<std::string>(*std::move(decoded)) : std::nullopt;
}

bool is_forbidden(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x200E && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0x2028 || c == 0x2029 || c == 0xFEFF;
}

/// Decodes one code point of well-formed UTF-8 and moves `at` behind it.
std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  if (lead < 0x80) {
    return lead;
  }
  const int more = lead >= 0xF0 ? 3 : (lead >= 0xE0 ? 2 : 1);
  std::uint32_t value = lead & (0x3FU >> more);
  for (int i = 0; i < more && at < text.size(); ++i) {
    value = value << 6U | (static_cast<unsigned char>(text[at++]) & 0x3FU);
  }
  return value;
}

}  // namespace

std::string lower_ascii(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string_view> split_list(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  std::size_t start = 0;
  bool quoted = false;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || (text[i] == separator && !quoted)) {
      pieces.push_back(trimmed(text.substr(start, i - start)));
      start = i + 1;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == '\\' && quoted && i + 1 < text.size() && text[i + 1] == '"') {
      ++i;
    }
  }
  return pieces;
}

std::string MediaType::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) {
      return value;
    }
  }
  return {};
}

MediaType parse_media_type(std::string_view text) {
  const std::vector<std::string_view> pieces = split_list(text, ';');
  MediaType media;
  const std::string type = lower_ascii(pieces.front());
  if (type.find('/') != std::string::npos && type.find(' ') == std::string::npos) {
    media.type = type;
  }
  media.parameters = parse_parameters(pieces);
  return media;
}

Disposition parse_disposition(std::string_view text) {
  const std::vector<std::string_view> pieces = split_list(text, ';');
  Disposition disposition;
  disposition.kind = lower_ascii(pieces.front());
  bool extended = false;
  for (const auto& [name, value] : parse_parameters(pieces)) {
    if (name == "name") {
      disposition.name = value;
    } else if (name == "filename" && !extended) {
      disposition.filename = value;
    } else if (name == "filename*") {
      if (const auto decoded = decode_extended(value)) {
        disposition.filename = *decoded;
        extended = true;
      }
    }
  }
  return disposition;
}

std::string clean_filename(std::string_view name) {
  const std::size_t separator = name.find_last_of("/\\");
  const std::string text = to_valid_utf8(separator == std::string_view::npos ? name : name.substr(separator + 1));
  std::string clean;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    const std::uint32_t c = next_code_point(text, at);
    if (is_forbidden(c)) {
      continue;
    }
    if (clean.size() + (at - start) > kMaxNameBytes) {
      break;
    }
    clean.append(text, start, at - start);
  }
  clean = std::string(trimmed(clean));
  return clean == "." || clean == ".." ? std::string() : clean;
}

std::string make_disposition(std::string_view kind, std::string_view filename) {
  static constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!#$&+^`|";
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string fallback;
  std::string extended;
  bool plain = true;
  for (const char c : filename) {
    const auto byte = static_cast<unsigned char>(c);
    const bool printable = byte >= 0x20 && byte < 0x7F && c != '"' && c != '\\' && c != '%';
    plain = plain && printable;
    if (byte < 0x80 || byte >= 0xC0) {  // one underscore a character, not a byte
      fallback += printable ? c : '_';
    }
    if (kPlain.find(c) != std::string_view::npos) {
      extended += c;
    } else {
      extended += '%';
      extended += kHex[byte >> 4U];
      extended += kHex[byte & 15U];
    }
  }
  std::string value = std::string(kind) + "; filename=\"" + fallback + "\"";
  return plain ? value : value + "; filename*=UTF-8''" + extended;
}

std::vector<AcceptEntry> parse_accept(std::string_view text) {
  std::vector<AcceptEntry> entries;
  for (const std::string_view piece : split_list(text)) {
    if (piece.empty()) {
      continue;
    }
    const MediaType media = parse_media_type(piece);
    AcceptEntry entry{media.type, 1};
    if (const std::string quality = media.parameter("q"); !quality.empty()) {
      const double weight = std::strtod(quality.c_str(), nullptr);
      entry.quality = weight >= 0 ? std::min(weight, 1.0) : 0;  // "nan" is a number to strtod
    }
    if (!entry.type.empty()) {
      entries.push_back(std::move(entry));
    }
  }
  return entries;
}

double acceptance(std::string_view accept, std::string_view type) {
  if (trimmed(accept).empty()) {
    return 1;
  }
  const std::string group = std::string(type.substr(0, type.find('/'))) + "/*";
  int best = -1;
  double quality = 0;
  for (const AcceptEntry& entry : parse_accept(accept)) {
    const int specific = entry.type == type ? 2 : (entry.type == group ? 1 : (entry.type == "*/*" ? 0 : -1));
    if (specific > best) {
      best = specific;
      quality = entry.quality;
    }
  }
  return quality;
}

std::optional<std::string_view> negotiate(std::string_view accept, const std::vector<std::string_view>& offered) {
  std::optional<std::string_view> chosen;
  double best = 0;
  for (const std::string_view type : offered) {
    const double quality = acceptance(accept, type);
    if (quality > best) {
      best = quality;
      chosen = type;
    }
  }
  return chosen;
}

bool accepts_by_name(std::string_view accept, std::string_view type) {
  const std::vector<AcceptEntry> entries = parse_accept(accept);
  return std::any_of(entries.begin(), entries.end(),
                     [type](const AcceptEntry& entry) { return entry.type == type && entry.quality > 0; });
}

std::optional<int> preferred_wait(std::string_view prefer) {
  for (const std::string_view piece : split_list(prefer)) {
    const std::string_view preference = trimmed(piece.substr(0, piece.find(';')));
    if (!lower_ascii(preference.substr(0, 5)).starts_with("wait=")) {
      continue;
    }
    const std::string_view digits = preference.substr(5);
    if (digits.empty() || digits.size() > 9 || digits.find_first_not_of("0123456789") != std::string_view::npos) {
      return std::nullopt;
    }
    return std::min(std::atoi(std::string(digits).c_str()), 60);
  }
  return std::nullopt;
}

bool etag_matches(std::string_view list, std::string_view etag, bool weak) {
  for (std::string_view candidate : split_list(list)) {
    if (candidate == "*") {
      return true;
    }
    if (weak && candidate.starts_with("W/")) {
      candidate.remove_prefix(2);
    }
    if (candidate == etag) {
      return true;
    }
  }
  return false;
}

}  // namespace pictor::http
