#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace pictor::http {

using CsvRow = std::vector<std::string>;

struct CsvLimits {
  std::size_t rows = 10'000;
  std::size_t columns = 64;
};

/// RFC 4180: CRLF or LF, quotes doubled within quotes, a byte order mark is skipped, empty lines are none.
/// @error kMalformedRequest  not UTF-8, U+0000, a quote in the wrong place, an open quote at the end, too many rows or
/// columns; with the line
[[nodiscard]] Result<std::vector<CsvRow>> parse_csv(std::string_view text, const CsvLimits& limits = {});

/// One row with CRLF, quoted where it must be.
[[nodiscard]] std::string format_csv_row(const CsvRow& row);

/// A cell that no spreadsheet runs as a formula: `'` before `=`, `+`, `-`, `@`, tab, and before an apostrophe that such
/// a cell could be mistaken for. `from_safe_cell(to_safe_cell(s)) == s` for every s.
[[nodiscard]] std::string to_safe_cell(std::string_view text);
[[nodiscard]] std::string from_safe_cell(std::string_view cell);

}  // namespace pictor::http
