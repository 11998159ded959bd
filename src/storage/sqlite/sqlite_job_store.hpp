#pragma once

#include <functional>

#include "domain/ports/job_store.hpp"
#include "storage/sqlite/database.hpp"

namespace pictor::storage {

/// Tables `jobs`, `job_items`, `job_events`, `exports`, `export_images`, `variants`, `account_turns`.
class SqliteJobStore final : public domain::JobStore {
 public:
  explicit SqliteJobStore(SqliteDatabase& database) : database_(database) {}

  Result<domain::Job> create(const domain::Job& job, const std::optional<domain::Export>& result,
                             const domain::Charge& payment) override;
  Result<domain::Job> find(const domain::AccountId& account, const domain::JobId& id) override;
  Result<domain::Page<domain::Job>> list(const domain::AccountId& account, const domain::JobFilter& filter,
                                         const domain::PageRequest& page) override;

  Result<std::optional<domain::Lease>> lease_next(Timestamp now, milliseconds lease_time) override;
  Result<void> renew(const domain::Lease& lease, Timestamp until) override;
  Result<void> give_back(const domain::Lease& lease) override;
  Result<void> postpone(const domain::Lease& lease, Timestamp then) override;
  Result<int> release_all() override;

  Result<void> append_progress(const domain::Lease& lease, const std::string& status, const std::string& step) override;
  Result<void> finish(const domain::Lease& lease, const domain::ItemOutcome& outcome, domain::ProblemOf problem_of,
                      Timestamp now) override;
  Result<domain::Job> cancel(const domain::AccountId& account, const domain::JobId& id, Timestamp now) override;
  bool is_cancelled(const domain::JobId& id) override;

  Result<std::vector<domain::JobEvent>> events(const domain::JobId& id, std::int64_t after, int limit) override;
  void on_change(std::function<void(const domain::JobId&)> listener) override { changed_ = std::move(listener); }
  void on_work(std::function<void()> listener) override { work_ = std::move(listener); }

  Result<void> create_export(const domain::Export& result) override;
  Result<domain::Export> find_export(const domain::AccountId& account, const domain::ExportId& id,
                                     Timestamp now) override;
  Result<domain::Export> find_export_for_link(const domain::ExportId& id, Timestamp now) override;
  Result<domain::Page<domain::Export>> list_exports(const domain::AccountId& account,
                                                    const std::optional<domain::SessionId>& session,
                                                    const domain::PageRequest& page) override;
  Result<std::vector<domain::BlobId>> expire_exports(Timestamp now) override;
  Result<Counts> counts() override;

 private:
  void tell_change(const domain::JobId& id) const;
  void tell_work() const;

  SqliteDatabase& database_;
  std::function<void(const domain::JobId&)> changed_;
  std::function<void()> work_;
};

}  // namespace pictor::storage
