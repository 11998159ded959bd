#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "domain/analyze_options.hpp"
#include "domain/credits.hpp"
#include "domain/export.hpp"
#include "domain/ids.hpp"
#include "domain/webhook.hpp"

namespace pictor::domain {

enum class JobType { kAnalyze, kExport, kSample };
enum class JobStatus { kQueued, kRunning, kCompleted, kPartial, kFailed, kCancelled };
enum class ItemStatus { kQueued, kRunning, kDone, kSkipped, kFailed, kCancelled };

/// Of one account's work, what somebody waits for goes first; its batch still gets every fourth turn.
enum class JobPriority { kInteractive = 0, kBatch = 1 };

[[nodiscard]] std::string_view name_of(JobType type);
[[nodiscard]] std::string_view name_of(JobStatus status);
[[nodiscard]] std::string_view name_of(ItemStatus status);
[[nodiscard]] JobType job_type_from_name(std::string_view name);
[[nodiscard]] JobStatus job_status_from_name(std::string_view name);
[[nodiscard]] ItemStatus item_status_from_name(std::string_view name);
[[nodiscard]] constexpr bool is_final(JobStatus status) {
  return status != JobStatus::kQueued && status != JobStatus::kRunning;
}

/// One image's part of a job.
struct JobItem {
  ImageId image;
  int position = 0;
  ItemStatus status = ItemStatus::kQueued;
  int attempt = 0;
  /// For export: this image's settings (the request's with its own over them) and words that replace the stored ones.
  std::optional<ExportSettings> settings;
  std::optional<Json> metadata_patch;  ///< merge patch, checked
  std::optional<Json> result;          ///< data of its `result` event without jobId, once done
  std::optional<Error> error;
};

struct Job {
  JobId id;
  AccountId account;
  SessionId session;
  JobType type = JobType::kAnalyze;
  JobStatus status = JobStatus::kQueued;
  AnalyzeOptions options;                      ///< analyze
  ExportId export_id;                          ///< export and sample, else empty
  JobPriority priority = JobPriority::kBatch;  ///< of its items; filled for JobStore::create and in leases
  int total = 0;
  int processed = 0;  ///< done
  int failed = 0;
  int skipped = 0;
  bool cancel_requested = false;
  KeyId key;             ///< who asked; pays within its own limit
  HoldId hold;           ///< what the job may still spend; empty when it costs nothing
  int charged = 0;       ///< credits, captured
  int released = 0;      ///< credits, given back
  std::string callback;  ///< address that is told of the end; may be empty
  /// What is sent to it: the newest delivery, once the job is over. Filled by JobStore's create, find, list and cancel.
  std::optional<Delivery> callback_delivery;
  Timestamp created_at;
  std::optional<Timestamp> started_at;
  std::optional<Timestamp> finished_at;
  std::vector<JobItem> items;  ///< filled by JobStore::find only
};

/// A stored event: `id` counts from 1 within its job, without gaps.
struct JobEvent {
  std::int64_t id = 0;
  std::string type;  ///< progress result error complete
  Json body;         ///< one line of JSON, `jobId` first
};

/// What a job of this type costs an image.
[[nodiscard]] constexpr Operation operation_of(JobType type) {
  return type == JobType::kAnalyze ? Operation::kAnalyze
                                   : (type == JobType::kExport ? Operation::kExport : Operation::kSample);
}

/// An image that a worker may work on until `until`; finishing needs the same lease, so that a worker that was thought
/// dead changes nothing.
struct Lease {
  Job job;  ///< without items
  JobItem item;
  std::string token;
  Timestamp until;
};

/// What became of an item; at most one of the two is filled when `status` is kDone.
struct ItemOutcome {
  ItemStatus status = ItemStatus::kDone;
  std::optional<Metadata> metadata;  ///< analyze
  std::vector<Variant> variants;     ///< export, sample
  std::vector<std::string> warnings;
  std::optional<Error> error;  ///< kFailed
};

/// The job as webhooks and callbacks tell of it: without results and errors, which can be many.
[[nodiscard]] Json to_summary_json(const Job& job);
/// The API's job shape. `problem_of` as in export.hpp.
[[nodiscard]] Json to_api_json(const Job& job, ProblemOf problem_of);

}  // namespace pictor::domain
