#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "domain/job.hpp"
#include "domain/ports/session_store.hpp"

namespace pictor::domain {

/// Which jobs a list shows; what is empty or not set leaves none out.
struct JobFilter {
  std::vector<JobStatus> statuses;
  std::vector<JobType> types;
  std::optional<SessionId> session = std::nullopt;
  std::optional<Timestamp> created_after = std::nullopt;   ///< itself not included
  std::optional<Timestamp> created_before = std::nullopt;  ///< itself not included
};

/// Jobs, their items and events, and exports (which live and die with their job). What is returned is on disk.
/// Thread-safe.
class JobStore {
 public:
  virtual ~JobStore() = default;

  /// Job, items, (for export and sample) the export, and the hold of what all items cost, in one transaction. Items
  /// with status kSkipped count as finished at once and cost nothing; a job that has no other items completes here,
  /// with its `complete` event. @return the job as it then is
  /// @param payment  limit of the key and a reservation to spend; the rest of the charge is the store's to fill in
  /// @error kInsufficientCredits, kKeyLimitExceeded, kNotFound (the reservation)
  virtual Result<Job> create(const Job& job, const std::optional<Export>& result, const Charge& payment) = 0;
  /// With items. @error kNotFound  also for another account's
  virtual Result<Job> find(const AccountId& account, const JobId& id) = 0;
  /// Newest first, without items.
  virtual Result<Page<Job>> list(const AccountId& account, const JobFilter& filter, const PageRequest& page) = 0;

  /// The oldest item that may be worked on (accounts take turns, then jobs by age), marked running until `now +
  /// lease_time`; an expired lease counts as free. A job's first lease makes it `running`. Nothing to do: nullopt.
  virtual Result<std::optional<Lease>> lease_next(Timestamp now, milliseconds lease_time) = 0;
  /// Extends. @error kNotFound  the lease was lost
  virtual Result<void> renew(const Lease& lease, Timestamp until) = 0;
  /// Gives the item back unworked (shutdown, overload); its attempt does not count.
  virtual Result<void> give_back(const Lease& lease) = 0;
  /// Gives the item back to be tried again, not before `then`; its attempt counts.
  virtual Result<void> postpone(const Lease& lease, Timestamp then) = 0;
  /// At start on a single node: every running item is free again.
  virtual Result<int> release_all() = 0;

  /// Stores a `progress` event `{"jobId","imageId","status":status,"step","current","total"}`. A lost lease stores
  /// nothing.
  virtual Result<void> append_progress(const Lease& lease, const std::string& status, const std::string& step) = 0;
  /// Captures the item's credits when it is done (but not of a picture that was passed through), releases them when it
  /// failed, was cancelled or skipped; what the job still holds at its end goes back.
  /// The item's effect (metadata version and state, variants, warnings), its status, its `result` or `error` event, the
  /// job's counters and, with the last item, the job's status, the export's status and the `complete` event: one
  /// transaction. Repeating it, or a lost lease, changes nothing. Words that a person edited (`source` = edited) are
  /// replaced only when the job's options say `force`. Status of a finished job: completed (none failed), partial
  /// (some), failed (all), cancelled.
  /// @param problem_of  makes the RFC 9457 object for the `error` event
  virtual Result<void> finish(const Lease& lease, const ItemOutcome& outcome, ProblemOf problem_of, Timestamp now) = 0;
  /// Items not yet running become cancelled, and what they cost goes back at once; a running one ends when its worker
  /// sees `is_cancelled`. A finished job stays as it is.
  /// @return the job as it then is
  virtual Result<Job> cancel(const AccountId& account, const JobId& id, Timestamp now) = 0;
  virtual bool is_cancelled(const JobId& id) = 0;

  /// Events with an id greater than `after`, at most `limit`, in order.
  virtual Result<std::vector<JobEvent>> events(const JobId& id, std::int64_t after, int limit) = 0;
  /// Called after each commit that added events or changed a job's status, from the committing thread; keep it short.
  /// Set once, before use.
  virtual void on_change(std::function<void(const JobId&)> listener) = 0;
  /// Called after work appeared (create, give_back), to wake workers. Set once, before use.
  virtual void on_work(std::function<void()> listener) = 0;

  /// An export without a job (`/v1/optimize` as JSON). @error kInvalidApiKey  its account is gone
  virtual Result<void> create_export(const Export& result) = 0;
  /// Of this account, not yet expired. @error kNotFound, kSessionExpired
  virtual Result<Export> find_export(const AccountId& account, const ExportId& id, Timestamp now) = 0;
  /// For signed links: whoever's it is. @error kNotFound, kSessionExpired
  virtual Result<Export> find_export_for_link(const ExportId& id, Timestamp now) = 0;
  virtual Result<Page<Export>> list_exports(const AccountId& account, const std::optional<SessionId>& session,
                                            const PageRequest& page) = 0;
  /// Exports without a session whose time is over. @return blobs they named
  virtual Result<std::vector<BlobId>> expire_exports(Timestamp now) = 0;

  struct Counts {
    std::int64_t queued_items = 0;
    std::int64_t running_items = 0;
  };
  virtual Result<Counts> counts() = 0;
};

}  // namespace pictor::domain
