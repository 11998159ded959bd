#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "domain/account.hpp"
#include "domain/ports/describer.hpp"
#include "domain/ports/job_store.hpp"
#include "domain/ports/session_store.hpp"

namespace pictor::service {

/// `POST /v1/analyze`'s JSON body, or what a multipart upload amounts to.
struct AnalyzeRequest {
  std::string session;
  std::optional<std::vector<std::string>> image_ids;  ///< all of the session when absent
  domain::AnalyzeOptions options;
  std::string callback_url;
  std::optional<domain::HoldId> reservation;
  bool caller_waits = false;  ///< for the end or the events, on this very call; no part of the body
};
/// @error kUnknownField, kInvalidField, all at once
[[nodiscard]] Result<AnalyzeRequest> parse_analyze_request(const Json& body);

/// `POST /v1/export` and `/v1/sample`.
struct ExportRequest {
  struct Item {
    std::string id;
    std::optional<domain::ExportSettings> settings;  ///< the request's with its own over them
    std::optional<Json> metadata_patch;
  };
  std::string session;
  std::optional<std::vector<Item>> images;  ///< all of the session when absent
  domain::ExportSettings settings;
  std::string callback_url;
  std::optional<domain::HoldId> reservation;
  bool caller_waits = false;  ///< as in AnalyzeRequest
};
[[nodiscard]] Result<ExportRequest> parse_export_request(const Json& body);

/// Starts work. The job is stored when these return; the runner does it. Blocks briefly; thread-safe.
class JobRequests {
 public:
  /// May a callback go to this address? HttpPoster::check.
  using CheckUrl = std::function<Result<void>(const std::string&)>;
  JobRequests(domain::SessionStore& sessions, domain::JobStore& jobs, const domain::Describer& describer,
              const Clock& clock, milliseconds session_time_to_live, CheckUrl check_callback);
  /// Images analysed already become skipped items unless `force`.
  /// @error kNotFound, kSessionExpired, kLanguageUnsupported, kInvalidField (image ids of elsewhere, an empty session,
  /// a provider that is not configured)
  Result<domain::Job> analyze(const domain::Principal& who, const AnalyzeRequest& request);
  Result<domain::Job> start_export(const domain::Principal& who, const ExportRequest& request);
  /// At most 5 images, in a name space of its own. @error kTooManyImages
  Result<domain::Job> sample(const domain::Principal& who, const ExportRequest& request);

 private:
  Result<domain::Job> start_render(const domain::Principal& who, const ExportRequest& request, domain::JobType type);
  Result<void> check_callback(const std::string& url) const;
  Result<std::vector<domain::Image>> open_images(const domain::Principal& who, const std::string& session,
                                                 domain::SessionId& id);

  domain::SessionStore& sessions_;
  domain::JobStore& jobs_;
  const domain::Describer& describer_;
  const Clock& clock_;
  milliseconds session_time_to_live_;
  CheckUrl check_callback_;
};

/// Jobs as clients see them. Thread-safe.
class Jobs {
 public:
  Jobs(domain::JobStore& jobs, const Clock& clock);
  Result<domain::Job> find(const domain::Principal& who, const std::string& job);
  Result<domain::Page<domain::Job>> list(const domain::Principal& who, const domain::JobFilter& filter,
                                         const domain::PageRequest& page);
  Result<domain::Job> cancel(const domain::Principal& who, const std::string& job);
  /// Stored events after an id; the caller has checked that the job is its own with find().
  Result<std::vector<domain::JobEvent>> events(const domain::JobId& job, std::int64_t after, int limit);

 private:
  domain::JobStore& jobs_;
  const Clock& clock_;
};

}  // namespace pictor::service
