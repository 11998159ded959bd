#include "http/range.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "http/header_values.hpp"

namespace pictor::http {
namespace {

/// Digits only, saturating far above any file; nullopt for anything else.
std::optional<std::int64_t> parse_position(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  if (text.size() > 17) {
    return std::int64_t{100'000'000'000'000'000};
  }
  std::int64_t value = 0;
  for (const char c : text) {
    value = value * 10 + (c - '0');
  }
  return value;
}

/// Seconds: HTTP dates have no finer part.
bool modified_after(Timestamp modified, Timestamp date) {
  return std::chrono::floor<std::chrono::seconds>(modified) > std::chrono::floor<std::chrono::seconds>(date);
}

enum class Condition { kHolds, kNotModified, kFails };

Condition check_conditions(const Request& request, const std::string& etag, Timestamp modified) {
  const std::string match = request.header_list("If-Match");
  if (!match.empty()) {
    if (!etag_matches(match, etag, false)) {
      return Condition::kFails;
    }
  } else if (const auto since = parse_http_date(request.header("If-Unmodified-Since"))) {
    if (modified_after(modified, *since)) {
      return Condition::kFails;
    }
  }
  const std::string none_match = request.header_list("If-None-Match");
  if (!none_match.empty()) {
    return etag_matches(none_match, etag, true) ? Condition::kNotModified : Condition::kHolds;
  }
  if (const auto since = parse_http_date(request.header("If-Modified-Since"))) {
    return modified_after(modified, *since) ? Condition::kHolds : Condition::kNotModified;
  }
  return Condition::kHolds;
}

/// RFC 9110 13.1.5: the range counts only while the representation is the one the client has.
bool range_applies(const Request& request, const std::string& etag, Timestamp modified) {
  const std::string_view condition = request.header("If-Range");
  if (condition.empty()) {
    return true;
  }
  if (condition.find('"') != std::string_view::npos) {
    return condition == etag;  // strong comparison
  }
  const auto date = parse_http_date(condition);
  return date && std::chrono::floor<std::chrono::seconds>(modified) == std::chrono::floor<std::chrono::seconds>(*date);
}

void add_validators(Response& response, const std::string& etag, Timestamp modified) {
  response.set("ETag", etag);
  response.set("Last-Modified", format_http_date(modified));
  response.set("Cache-Control", "private, no-cache");
  response.set("Accept-Ranges", "bytes");
}

}  // namespace

RangeWish parse_range(std::string_view field, std::int64_t size) {
  const std::size_t equals = field.find('=');
  if (equals == std::string_view::npos || lower_ascii(trimmed(field.substr(0, equals))) != "bytes") {
    return {};
  }
  const std::string_view spec = trimmed(field.substr(equals + 1));
  const std::size_t hyphen = spec.find('-');
  if (hyphen == std::string_view::npos || spec.find(',') != std::string_view::npos) {
    return {};
  }
  const std::string_view first_text = trimmed(spec.substr(0, hyphen));
  const std::string_view last_text = trimmed(spec.substr(hyphen + 1));
  const auto last = parse_position(last_text);
  if (first_text.empty()) {  // the last N bytes
    if (!last) {
      return {};
    }
    const std::int64_t length = std::min(*last, size);
    return length == 0 ? RangeWish{RangeWish::Kind::kUnsatisfiable, {}}
                       : RangeWish{RangeWish::Kind::kPart, {size - length, length}};
  }
  const auto first = parse_position(first_text);
  if (!first || (!last_text.empty() && (!last || *last < *first))) {
    return {};
  }
  if (*first >= size) {
    return {RangeWish::Kind::kUnsatisfiable, {}};
  }
  const std::int64_t end = last_text.empty() ? size - 1 : std::min(*last, size - 1);
  return {RangeWish::Kind::kPart, {*first, end - *first + 1}};
}

std::string repr_digest(std::string_view sha256_hex) {
  const std::optional<Bytes> bytes = hex_decode(sha256_hex);
  return bytes ? "sha-256=:" + base64_encode(*bytes) + ":" : std::string();
}

Result<Response> answer_download(const Request& request, Download download) {
  const std::string etag = "\"" + download.sha256 + "\"";
  Response response;
  switch (check_conditions(request, etag, download.modified)) {
    case Condition::kFails:
      return fail({ErrorCode::kPreconditionFailed, "The file is not the one that the condition names."});
    case Condition::kNotModified:
      response.status = 304;
      add_validators(response, etag, download.modified);
      return response;
    case Condition::kHolds:
      break;
  }
  RangeWish wish;
  const std::string_view range = request.header("Range");
  if (!range.empty() && request.method == Method::kGet && range_applies(request, etag, download.modified)) {
    wish = parse_range(range, download.size);
  }
  if (wish.kind == RangeWish::Kind::kUnsatisfiable) {
    response = problem_response(
        {ErrorCode::kRangeNotSatisfiable, "The file has " + std::to_string(download.size) + " bytes."}, request.id);
    response.set("Content-Range", "bytes */" + std::to_string(download.size));
    return response;
  }
  FileBody file{std::move(download.descriptor), 0, download.size, nullptr};
  if (wish.kind == RangeWish::Kind::kPart) {
    response.status = 206;
    file.offset = wish.range.first;
    file.length = wish.range.length;
    response.set("Content-Range", "bytes " + std::to_string(file.offset) + "-" +
                                      std::to_string(file.offset + file.length - 1) + "/" +
                                      std::to_string(download.size));
  }
  response.set("Content-Type", download.media_type);
  response.set("Content-Disposition",
               make_disposition(download.inline_view ? "inline" : "attachment", download.filename));
  response.set("Repr-Digest", repr_digest(download.sha256));
  // An SVG may carry scripts: whatever it holds runs nowhere and reaches nothing.
  response.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox");
  add_validators(response, etag, download.modified);
  response.body = std::move(file);
  return response;
}

}  // namespace pictor::http
