#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/analyze_options.hpp"
#include "domain/credits.hpp"
#include "domain/export_settings.hpp"
#include "domain/ports/session_store.hpp"

namespace pictor::service {

/// A picture as far as an estimate looks at it.
struct EstimatedImage {
  int width = 0;   ///< px
  int height = 0;  ///< px
  std::int64_t bytes = 0;
  domain::ImageFormat format = domain::ImageFormat::kJpeg;
};

/// `POST /v1/estimate`.
struct EstimateRequest {
  domain::Operation action = domain::Operation::kExport;
  std::string session;                 ///< of these images, or
  std::vector<EstimatedImage> images;  ///< of these
  domain::ExportSettings settings;     ///< not of analyze
  domain::AnalyzeOptions options;      ///< `settings` of analyze
};
/// @error kUnknownField, kInvalidField, all at once
[[nodiscard]] Result<EstimateRequest> parse_estimate_request(const Json& body);

struct Estimate {
  std::int64_t credits = 0;  ///< what a job would hold: those of images that pass through come back
  std::int64_t low_bytes = 0;
  std::int64_t expected_bytes = 0;
  std::int64_t high_bytes = 0;
  double seconds = 0;
};

/// What work would cost and give, before any is done. The credits are exact; bytes and seconds come from pixels, format
/// and quality by the model in docs/estimates.md. Thread-safe.
class Estimates {
 public:
  /// @param workers  children that work at once
  Estimates(domain::SessionStore& sessions, const Clock& clock, int workers);
  /// @error kNotFound, kSessionExpired, kInvalidField (a session without images), kTooManyImages (a sample of more than
  /// 5)
  Result<Estimate> estimate(const domain::Principal& who, const EstimateRequest& request);

 private:
  Result<std::vector<EstimatedImage>> images_of(const domain::Principal& who, const EstimateRequest& request);

  domain::SessionStore& sessions_;
  const Clock& clock_;
  int workers_;
};

/// Bytes that a picture becomes as `format` at `quality`, 1..100 of the encoder's own scale.
[[nodiscard]] double predicted_bytes(const EstimatedImage& image, double pixels, domain::ImageFormat format,
                                     int quality);
/// The same where a SSIMULACRA2 score is promised, 1..100.
[[nodiscard]] double predicted_bytes_at_score(const EstimatedImage& image, double pixels, domain::ImageFormat format,
                                              double score);

}  // namespace pictor::service
