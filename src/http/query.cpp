#include "http/query.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace pictor::http {
namespace {

constexpr std::size_t kMaxFields = 128;

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  return -1;
}

bool names_nothing(std::string_view segment) {
  return segment.empty() || segment == "." || segment == ".." ||
         std::any_of(segment.begin(), segment.end(),
                     [](char c) { return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::string_view path_and_query(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.starts_with(scheme)) {
      const std::size_t slash = target.find('/', scheme.size());
      return slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
    }
  }
  return target;
}

}  // namespace

Result<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return fail({ErrorCode::kMalformedRequest, "The address has a % that two hexadecimal digits do not follow."});
      }
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (c == '\0') {
      return fail({ErrorCode::kMalformedRequest, "The address must not contain the character U+0000."});
    }
    decoded += c;
  }
  if (!is_utf8(decoded)) {
    return fail({ErrorCode::kMalformedRequest, "The address is not UTF-8."});
  }
  return decoded;
}

Result<Fields> parse_query(std::string_view query) {
  Fields fields;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    if (pair.empty()) {
      continue;
    }
    const std::size_t equals = pair.find('=');
    Result<std::string> name = percent_decode(pair.substr(0, equals), true);
    Result<std::string> value =
        equals == std::string_view::npos ? std::string() : percent_decode(pair.substr(equals + 1), true);
    if (!name) {
      return fail(name.error());
    }
    if (!value) {
      return fail(value.error());
    }
    if (fields.size() == kMaxFields) {
      return fail({ErrorCode::kMalformedRequest, "The address has too many parameters."});
    }
    fields.emplace_back(*std::move(name), *std::move(value));
  }
  return fields;
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    }
  }
  return encoded;
}

Result<Target> parse_target(std::string_view target) {
  target = target.substr(0, target.find('#'));
  target = path_and_query(target);
  if (!target.starts_with('/')) {
    return fail({ErrorCode::kMalformedRequest, "The request target must begin with a slash."});
  }
  const std::size_t question = target.find('?');
  std::string_view path = target.substr(1, question == std::string_view::npos ? question : question - 1);
  Target parsed;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    Result<std::string> segment = percent_decode(path.substr(0, slash), false);
    if (!segment) {
      return fail(segment.error());
    }
    if (names_nothing(*segment)) {
      return fail_not_found();
    }
    parsed.segments.push_back(*std::move(segment));
    if (slash == std::string_view::npos) {
      break;
    }
    path = path.substr(slash + 1);
    if (path.empty()) {
      return fail_not_found();  // a trailing slash names nothing
    }
  }
  if (question != std::string_view::npos) {
    Result<Fields> query = parse_query(target.substr(question + 1));
    if (!query) {
      return fail(query.error());
    }
    parsed.query = *std::move(query);
  }
  return parsed;
}

}  // namespace pictor::http
