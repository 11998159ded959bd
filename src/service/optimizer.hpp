#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "domain/account.hpp"
#include "domain/ports/describer.hpp"
#include "domain/ports/job_store.hpp"
#include "domain/ports/ledger.hpp"
#include "domain/ports/session_store.hpp"
#include "service/intake.hpp"

namespace pictor::service {

/// `POST /v1/optimize`: one picture in, one out.
struct OptimizeRequest {
  Incoming image;
  domain::ExportSettings settings;
  std::string filename;  ///< wanted name without extension; else the upload's, else `image-` and 8 digits of the digest
  bool analyze = false;
  std::string language = "en";
  std::string reservation;   ///< spent first; empty: none
  bool keep_result = false;  ///< as an export without a session, for the JSON form
  /// Set when effects and answer are one transaction (IdempotentRequests): called once the picture is made, before
  /// anything is written that belongs to it. The result is a lasting blob then, for a row to name.
  std::function<void()> before_effects;
  /// Set with it: takes what must be undone when that transaction is rolled back, whatever the reason.
  std::function<void(std::function<void()>)> when_undone;
};
struct OptimizeResult {
  domain::ImageInfo source;
  std::int64_t source_bytes = 0;
  domain::Variant variant;
  domain::StoredBlob blob;  ///< pinned: the bytes of the answer
  UniqueFd file;            ///< open for reading
  std::optional<domain::Metadata> metadata;
  std::vector<std::string> warnings;
  std::optional<domain::Export> kept;
  domain::Ledger::Settled credits;
};

/// Query fields that belong to optimize itself, split from the settings' flat names.
/// @error kUnknownField, kInvalidField
[[nodiscard]] Result<OptimizeRequest> parse_optimize_fields(
    const std::vector<std::pair<std::string, std::string>>& fields);

/// Blocks; thread-safe. No session row is written. Credits are held once the upload is known to be a picture, before
/// any pixel is decoded; what fails and what passes through costs nothing.
class Optimizer {
 public:
  Optimizer(const Intake& intake, domain::SessionStore& sessions, domain::BlobStore& blobs, domain::ImageEngine& engine,
            const domain::Describer& describer, domain::JobStore& exports, domain::Ledger& ledger, const Clock& clock,
            milliseconds result_time_to_live);
  /// @error kInsufficientCredits, kKeyLimitExceeded, kNotFound (the reservation), and those of the engine
  Result<OptimizeResult> optimize(const domain::Principal& who, const OptimizeRequest& request, std::stop_token stop);

 private:
  struct Source;
  Result<Source> receive(const OptimizeRequest& request);
  Result<domain::HoldId> hold(const domain::Principal& who, const OptimizeRequest& request);
  Result<OptimizeResult> work(const domain::Principal& who, const OptimizeRequest& request, const Source& source,
                              std::stop_token stop);
  Result<void> settle(const domain::Principal& who, const domain::HoldId& hold, OptimizeResult& result);

  const Intake& intake_;
  domain::SessionStore& sessions_;
  domain::BlobStore& blobs_;
  domain::ImageEngine& engine_;
  const domain::Describer& describer_;
  domain::JobStore& exports_;
  domain::Ledger& ledger_;
  const Clock& clock_;
  milliseconds result_time_to_live_;
};

}  // namespace pictor::service
