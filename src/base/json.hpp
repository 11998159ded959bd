#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace pictor {

/// JSON with fields in the order in which they were put in, so that answers read as the documentation shows them.
using Json = nlohmann::ordered_json;

/// Limits of what is parsed from a client: a parser without them is a stack overflow waiting to be sent.
struct JsonLimits {
  std::size_t max_depth = 64;
};

/// Parses untrusted text. Strict RFC 8259: UTF-8 only, no comments, no duplicate keys silently merged, no NaN.
/// @error kMalformedRequest  with the byte position where it stopped making sense
[[nodiscard]] Result<Json> parse_json(std::string_view text, const JsonLimits& limits = {});

/// Compact text. Wrong UTF-8 inside (a file name of bytes) becomes U+FFFD, it never throws.
[[nodiscard]] std::string dump_json(const Json& json);

}  // namespace pictor
