#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pictor {

using Bytes = std::vector<std::uint8_t>;

[[nodiscard]] inline std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Lower-case hexadecimal.
[[nodiscard]] std::string hex_encode(std::span<const std::uint8_t> bytes);
[[nodiscard]] std::optional<Bytes> hex_decode(std::string_view text);

/// RFC 4648 section 4, with padding.
[[nodiscard]] std::string base64_encode(std::span<const std::uint8_t> bytes);
/// RFC 4648 section 5, without padding.
[[nodiscard]] std::string base64url_encode(std::span<const std::uint8_t> bytes);
/// Accepts both alphabets, padding or none, and line breaks between; nothing else. nullopt when it is not base64.
[[nodiscard]] std::optional<Bytes> base64_decode(std::string_view text);

/// Crockford's base32 of exactly 16 bytes, 26 characters, lower case, sorts as the bytes do.
[[nodiscard]] std::string crockford_encode(std::span<const std::uint8_t, 16> bytes);

/// True for well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF).
[[nodiscard]] bool is_utf8(std::string_view text);
/// Wrong bytes replaced by U+FFFD.
[[nodiscard]] std::string to_valid_utf8(std::string_view text);
/// Number of code points of well-formed UTF-8: how `maxAltLength` counts.
[[nodiscard]] std::size_t utf8_length(std::string_view text);

}  // namespace pictor
