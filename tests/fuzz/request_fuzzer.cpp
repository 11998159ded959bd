// The texts of a request: target and query, Range, and the header fields that have a grammar.
#include <cmath>

#include "base/encoding.hpp"
#include "http/header_values.hpp"
#include "http/query.hpp"
#include "http/range.hpp"
#include "input.hpp"

namespace {

using namespace pictor;

void check_target(std::string_view text) {
  if (const auto target = http::parse_target(text)) {
    for (const std::string& segment : target->segments) {
      fuzz::require(!segment.empty() && segment != ".." && segment.find('/') == std::string::npos && is_utf8(segment));
    }
  }
  if (const auto decoded = http::percent_decode(text, true)) {
    fuzz::require(is_utf8(*decoded) && decoded->find('\0') == std::string::npos);
  }
}

void check_range(std::string_view text, std::int64_t size) {
  const http::RangeWish wish = http::parse_range(text, size);
  fuzz::require(wish.kind != http::RangeWish::Kind::kPart ||
                (wish.range.first >= 0 && wish.range.length > 0 && wish.range.first <= size - wish.range.length));
}

void check_names(std::string_view text) {
  const std::string name = http::clean_filename(text);
  fuzz::require(name.size() <= 255 && is_utf8(name) && name != "." && name != ".." &&
                name.find_first_of("/\\\r\n") == std::string::npos);
  fuzz::require(http::clean_filename(name) == name);
  const std::string disposition = http::make_disposition("attachment", name);
  fuzz::require(disposition.find_first_of("\r\n") == std::string::npos);
  fuzz::require(http::parse_disposition(disposition).filename.value_or("") == name || name.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::Input input(bytes, size);
  const std::int64_t length = input.byte();
  const std::string_view text = input.text();
  check_target(text);
  check_range(text, length);
  check_names(text);
  static_cast<void>(http::parse_disposition(text));
  static_cast<void>(http::parse_media_type(text));
  static_cast<void>(http::etag_matches(text, "\"a\"", true));
  const double weight = http::acceptance(text, "image/webp");
  fuzz::require(weight >= 0 && weight <= 1);
  const std::optional<int> wait = http::preferred_wait(text);
  fuzz::require(!wait || (*wait >= 0 && *wait <= 60));
  return 0;
}
