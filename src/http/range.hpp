#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/response.hpp"

namespace pictor::http {

/// Bytes `first` to `first + length - 1` of a representation.
struct ByteRange {
  std::int64_t first = 0;
  std::int64_t length = 0;
};

/// What a `Range` field asks of a representation of `size` bytes (RFC 9110 14.2).
struct RangeWish {
  enum class Kind { kWhole, kPart, kUnsatisfiable };
  Kind kind = Kind::kWhole;  ///< kWhole also for other units, several ranges and what cannot be read
  ByteRange range;
};
[[nodiscard]] RangeWish parse_range(std::string_view field, std::int64_t size);

/// A blob to be downloaded.
struct Download {
  UniqueFd descriptor;
  std::int64_t size = 0;
  std::string sha256;  ///< hexadecimal; the strong ETag and Repr-Digest
  std::string media_type;
  std::string filename;
  Timestamp modified;
  bool inline_view = false;  ///< shown by browsers rather than saved
};

/// 200, 206, 304, 412 or 416, as the request's conditions and Range say (RFC 9110 13.2.2, 14).
[[nodiscard]] Result<Response> answer_download(const Request& request, Download download);

/// `sha-256=:base64:` of a hexadecimal digest (RFC 9530).
[[nodiscard]] std::string repr_digest(std::string_view sha256_hex);

}  // namespace pictor::http
