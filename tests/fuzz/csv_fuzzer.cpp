// CSV tables: what was read is written so that it reads the same again, safe cells too.
#include "http/csv.hpp"
#include "input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace pictor;
  const std::string_view text = fuzz::Input(bytes, size).text();
  fuzz::require(http::from_safe_cell(http::to_safe_cell(text)) == text);
  const auto rows = http::parse_csv(text, {100, 16});
  if (!rows) {
    return 0;
  }
  std::string written = "\xEF\xBB\xBF";  // only the first mark is skipped: a cell may begin with another
  for (const http::CsvRow& row : *rows) {
    written += http::format_csv_row(row);
  }
  const auto again = http::parse_csv(written, {100, 16});
  fuzz::require(again && *again == *rows);
  return 0;
}
