#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace pictor::app {

/// `250ms 30s 5m 24h 7d`; a bare number is seconds. nullopt when it is none of these, or negative.
[[nodiscard]] std::optional<milliseconds> parse_duration(std::string_view text);
[[nodiscard]] std::string format_duration(milliseconds value);
/// `64MiB`, `2GiB`, `512KiB`, `10MB`, plain bytes.
[[nodiscard]] std::optional<std::int64_t> parse_size(std::string_view text);
[[nodiscard]] std::string format_size(std::int64_t bytes);
/// `100M`, `2k`, `250000`: thousands and millions.
[[nodiscard]] std::optional<std::int64_t> parse_count(std::string_view text);
/// Comma-separated, blanks trimmed, empty entries dropped.
[[nodiscard]] std::vector<std::string> parse_list(std::string_view text);
[[nodiscard]] std::string format_list(const std::vector<std::string>& items);

/// A list whose items may hold commas: a JSON array of strings, or else as `parse_list`.
/// nullopt: it begins as an array, and is none
[[nodiscard]] std::optional<std::vector<std::string>> parse_words(std::string_view text);
/// With commas between; as a JSON array where an item could not be told from two, or would lose its blanks.
[[nodiscard]] std::string format_words(const std::vector<std::string>& items);

}  // namespace pictor::app
