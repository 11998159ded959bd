#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace pictor::http {

/// Name and value pairs in the order sent.
using Fields = std::vector<std::pair<std::string, std::string>>;

/// A request target, taken apart: path segments decoded one by one, so that `%2F` never makes a new segment.
struct Target {
  std::vector<std::string> segments;
  Fields query;
};

/// RFC 3986 percent-decoding. @param plus_is_space  as in queries of HTML forms
/// @error kMalformedRequest  a broken escape, U+0000, or bytes that are not UTF-8
[[nodiscard]] Result<std::string> percent_decode(std::string_view text, bool plus_is_space);

/// RFC 3986 percent-encoding of all but the unreserved characters, so that the text can stand in a query.
[[nodiscard]] std::string percent_encode(std::string_view text);

/// Origin form (`/v1/x?y=z`) or absolute form. Empty, `.`, `..` segments and segments that hold a slash, a backslash or
/// a control character name nothing here.
/// @error kMalformedRequest  as percent_decode; kNotFound  for such segments
[[nodiscard]] Result<Target> parse_target(std::string_view target);
[[nodiscard]] Result<Fields> parse_query(std::string_view query);

}  // namespace pictor::http
