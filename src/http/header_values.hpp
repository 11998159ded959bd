#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pictor::http {

/// `type/subtype; name=value`: the media type and parameter names in lower case.
struct MediaType {
  std::string type;  ///< `image/png`; empty when the text is not one
  std::vector<std::pair<std::string, std::string>> parameters;
  [[nodiscard]] std::string parameter(std::string_view name) const;
};
[[nodiscard]] MediaType parse_media_type(std::string_view text);

/// `Content-Disposition` of a part or a request (RFC 6266, RFC 7578).
struct Disposition {
  std::string kind;  ///< `form-data`, `attachment`, …; lower case
  std::optional<std::string> name;
  std::optional<std::string> filename;  ///< `filename*` (RFC 5987, UTF-8) wins over `filename`; not yet cleaned
};
[[nodiscard]] Disposition parse_disposition(std::string_view text);

/// A name as a client sent it, made harmless: last path segment, no control or bidirectional characters, valid UTF-8,
/// at most 255 bytes, never `.` or `..`. May be empty.
[[nodiscard]] std::string clean_filename(std::string_view name);

/// Value of `Content-Disposition` for a download: an ASCII fallback and `filename*` (RFC 6266).
[[nodiscard]] std::string make_disposition(std::string_view kind, std::string_view filename);

/// One entry of `Accept` (RFC 9110 12.5.1).
struct AcceptEntry {
  std::string type;  ///< lower case, may be `*/*` or `image/*`
  double quality = 1;
};
[[nodiscard]] std::vector<AcceptEntry> parse_accept(std::string_view text);
/// Weight that the client gives a type, by its most specific entry; 0 when none fits. No header accepts everything.
[[nodiscard]] double acceptance(std::string_view accept, std::string_view type);
/// The offered type with the greatest weight, the earlier of equals. nullopt: none is acceptable.
[[nodiscard]] std::optional<std::string_view> negotiate(std::string_view accept,
                                                        const std::vector<std::string_view>& offered);
/// True when `Accept` names the type itself (not by `*`) with a weight above 0.
[[nodiscard]] bool accepts_by_name(std::string_view accept, std::string_view type);

/// Seconds of `Prefer: wait=N` (RFC 7240), 0..60; nullopt when there is no such preference or it is not a number.
[[nodiscard]] std::optional<int> preferred_wait(std::string_view prefer);

/// True when an entity tag list (`If-Match`, `If-None-Match`) holds `etag` or is `*`. @param weak  compares weakly
[[nodiscard]] bool etag_matches(std::string_view list, std::string_view etag, bool weak);

[[nodiscard]] std::string lower_ascii(std::string_view text);
[[nodiscard]] std::string_view trimmed(std::string_view text);
/// Elements of a comma list; commas in quoted strings do not separate.
[[nodiscard]] std::vector<std::string_view> split_list(std::string_view text, char separator = ',');

}  // namespace pictor::http
