#include "base/encoding.hpp"

#include <array>

namespace pictor {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kCrockford = "0123456789abcdefghjkmnpqrstvwxyz";

std::string encode64(std::span<const std::uint8_t> bytes, std::string_view alphabet, bool padded) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = static_cast<std::uint32_t>(bytes[i]) << 16;
    group |= have > 1 ? static_cast<std::uint32_t>(bytes[i + 1]) << 8 : 0U;
    group |= have > 2 ? bytes[i + 2] : 0U;
    for (std::size_t k = 0; k < 4; ++k) {
      if (k <= have) {
        text += alphabet[(group >> (18 - 6 * k)) & 63U];
      } else if (padded) {
        text += '=';
      }
    }
  }
  return text;
}

constexpr std::array<std::int8_t, 256> kBase64Values = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < 64; ++i) {
    values[static_cast<unsigned char>(kBase64[i])] = static_cast<std::int8_t>(i);
    values[static_cast<unsigned char>(kBase64Url[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}();

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// Length of the well-formed sequence at the front, 0 when it is not one (Unicode 15, table 3-7).
std::size_t sequence_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = at(0);
  const auto tail = [&](std::size_t i) { return (at(i) & 0xC0U) == 0x80U; };
  if (first < 0x80) {
    return 1;
  }
  if (first >= 0xC2 && first <= 0xDF) {
    return tail(1) ? 2 : 0;
  }
  if (first >= 0xE0 && first <= 0xEF) {
    const bool second_ok = tail(1) && (first != 0xE0 || at(1) >= 0xA0) && (first != 0xED || at(1) <= 0x9F);
    return second_ok && tail(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool second_ok = tail(1) && (first != 0xF0 || at(1) >= 0x90) && (first != 0xF4 || at(1) <= 0x8F);
    return second_ok && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string hex_encode(std::span<const std::uint8_t> bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += kHex[byte >> 4U];
    text += kHex[byte & 15U];
  }
  return text;
}

std::optional<Bytes> hex_decode(std::string_view text) {
  if (text.size() % 2 != 0) {
    return std::nullopt;
  }
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return bytes;
}

std::string base64_encode(std::span<const std::uint8_t> bytes) { return encode64(bytes, kBase64, true); }

std::string base64url_encode(std::span<const std::uint8_t> bytes) { return encode64(bytes, kBase64Url, false); }

std::optional<Bytes> base64_decode(std::string_view text) {
  Bytes bytes;
  bytes.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t group = 0;
  std::size_t count = 0;
  std::size_t padding = 0;
  for (const char c : text) {
    if (c == '\r' || c == '\n') {
      continue;
    }
    if (c == '=') {
      ++padding;
      continue;
    }
    const int value{kBase64Values[static_cast<unsigned char>(c)]};  // NOLINT(bugprone-signed-char-misuse): -1 is "none"
    if (value < 0 || padding > 0) {
      return std::nullopt;
    }
    group = (group << 6U) | static_cast<std::uint32_t>(value);
    if (++count % 4 == 0) {
      bytes.push_back(static_cast<std::uint8_t>(group >> 16U));
      bytes.push_back(static_cast<std::uint8_t>(group >> 8U));
      bytes.push_back(static_cast<std::uint8_t>(group));
      group = 0;
    }
  }
  const std::size_t left = count % 4;
  if (left == 1 || padding > 2 || (padding > 0 && left + padding != 4)) {
    return std::nullopt;
  }
  if (left == 2) {
    bytes.push_back(static_cast<std::uint8_t>(group >> 4U));
  } else if (left == 3) {
    bytes.push_back(static_cast<std::uint8_t>(group >> 10U));
    bytes.push_back(static_cast<std::uint8_t>(group >> 2U));
  }
  return bytes;
}

std::string crockford_encode(std::span<const std::uint8_t, 16> bytes) {
  std::string text(26, '0');
  // 130 bits for 128: the first character holds the top 3 bits, so that text sorts as the bytes do.
  for (std::size_t i = 0; i < 26; ++i) {
    unsigned value = 0;
    for (std::size_t k = 0; k < 5; ++k) {
      const std::ptrdiff_t bit = static_cast<std::ptrdiff_t>(i * 5 + k) - 2;
      const unsigned set =
          bit < 0 ? 0U : (bytes[static_cast<std::size_t>(bit) / 8] >> (7U - static_cast<unsigned>(bit) % 8U)) & 1U;
      value = value << 1U | set;
    }
    text[i] = kCrockford[value];
  }
  return text;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) {
      return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

std::string to_valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) {
      valid += "\xEF\xBF\xBD";
      text.remove_prefix(1);
    } else {
      valid += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return valid;
}

std::size_t utf8_length(std::string_view text) {
  std::size_t length = 0;
  for (const char c : text) {
    length += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  }
  return length;
}

}  // namespace pictor
