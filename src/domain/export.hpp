#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "domain/export_settings.hpp"
#include "domain/ids.hpp"
#include "domain/session.hpp"

namespace pictor::domain {

/// One file that an export made of one image. Section 5, "A variant".
struct Variant {
  std::string name = "full";  ///< `full`, `480w`, …
  std::string filename;       ///< with extension, unique in the export
  ImageFormat format = ImageFormat::kWebp;
  int width = 0;
  int height = 0;
  std::int64_t bytes = 0;
  BlobId blob;
  std::optional<double> quality;      ///< encoder's own scale; none when lossless or passed through
  std::optional<double> ssimulacra2;  ///< none when it was not measured
  std::string encoder;                ///< e.g. `mozjpeg (libvips 8.18)`
  int tried = 1;
  std::string limited_by;  ///< empty: nothing did
  bool passthrough = false;
  std::int64_t source_bytes = 0;  ///< for `savings`
};

/// What an export made of one image; `variants` is empty until it is done.
struct ExportImage {
  ImageId image;
  std::string original_filename;
  std::vector<Variant> variants;
  std::vector<std::string> warnings;
  std::optional<Error> problem;
};

struct Export {
  ExportId id;
  AccountId account;
  SessionId session;              ///< empty for a result of /v1/optimize
  JobId job;                      ///< empty likewise
  bool sample = false;            ///< a name space of its own
  std::string status = "queued";  ///< the job's
  ExportSettings settings;
  Timestamp created_at;
  Timestamp expires_at;
  std::vector<ExportImage> images;  ///< in the order asked for
};

/// Whole forms for rows.
[[nodiscard]] Json to_json(const Variant& variant);
[[nodiscard]] Result<Variant> variant_from_json(const Json& json);
/// The API's form, with `url` under this export.
[[nodiscard]] Json to_api_json(const Variant& variant, const ExportId& export_id);
/// `problem_of` makes the RFC 9457 object of an Error (http owns statuses and titles, so it is handed in).
using ProblemOf = Json (*)(const Error&);
[[nodiscard]] Json to_api_json(const Export& result, ProblemOf problem_of);

}  // namespace pictor::domain
