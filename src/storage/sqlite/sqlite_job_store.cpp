#include "storage/sqlite/sqlite_job_store.hpp"

#include <algorithm>

#include "storage/sqlite/export_rows.hpp"
#include "storage/sqlite/image_rows.hpp"
#include "storage/sqlite/item_leases.hpp"
#include "storage/sqlite/job_list.hpp"
#include "storage/sqlite/job_rows.hpp"
#include "storage/sqlite/ledger_rows.hpp"
#include "storage/sqlite/webhook_rows.hpp"

namespace pictor::storage {
namespace {

using domain::AccountId;
using domain::ItemOutcome;
using domain::ItemStatus;
using domain::Job;
using domain::JobId;
using domain::JobItem;
using domain::Lease;

constexpr std::string_view kFindJob = "SELECT " PICTOR_JOB_COLUMNS " FROM jobs WHERE id = ? AND account = ?";
constexpr std::string_view kItems = "SELECT " PICTOR_ITEM_COLUMNS " FROM job_items WHERE job = ? ORDER BY position";
constexpr std::string_view kEvents =
    "SELECT id, type, body FROM job_events WHERE job = ? AND id > ? ORDER BY id LIMIT ?";

void add_callback(Connection& connection, Job& job) {
  if (!job.callback.empty() && domain::is_final(job.status)) {
    job.callback_delivery = last_callback(connection, job.account, job.id);
  }
}

Result<Job> find_job(Connection& connection, const AccountId& account, const JobId& id) {
  Job job;
  {
    Statement row = connection.prepare(kFindJob);
    if (!row.bind(id.str()).bind(account.str()).step()) {
      return fail_not_found();
    }
    job = read_job(row);
  }
  add_callback(connection, job);
  Statement row = connection.prepare(kItems);
  row.bind(id.str());
  while (row.step()) {
    job.items.push_back(read_item(row));
  }
  return job;
}

/// The lease is still this worker's, and the item still runs.
bool holds(Connection& connection, const Lease& lease) {
  Statement row = connection.prepare(
      "SELECT 1 FROM job_items WHERE job = ? AND position = ? AND lease_token = ? AND status = 'running'");
  return row.bind(lease.job.id.str()).bind(lease.item.position).bind(lease.token).step();
}

Json progress_body(const Job& job, const domain::ImageId& image, const std::string& status, const std::string& step) {
  return {{"jobId", job.id.str()},
          {"imageId", image.str()},
          {"status", status},
          {"step", step},
          {"current", job.processed + job.failed + job.skipped},
          {"total", job.total}};
}

/// The words that a person wrote, which stay unless the job was told to replace them.
std::optional<domain::Metadata> kept_words(Connection& connection, const Lease& lease) {
  if (lease.job.options.force) {
    return std::nullopt;
  }
  Statement row = connection.prepare("SELECT " PICTOR_IMAGE_COLUMNS " FROM images WHERE id = ?");
  if (!row.bind(lease.item.image.str()).step()) {
    return std::nullopt;
  }
  std::optional<domain::Metadata> words = read_image(row).metadata;
  return words && words->source == "edited" ? words : std::nullopt;
}

bool image_exists(Connection& connection, const domain::ImageId& image) {
  Statement row = connection.prepare("SELECT 1 FROM images WHERE id = ?");
  return row.bind(image.str()).step();
}

/// What all items of a new job cost.
domain::Charge charge_of(const Job& job, const domain::Charge& payment) {
  domain::Charge charge = payment;
  charge.account = job.account;
  charge.key = job.key;
  charge.operation = domain::operation_of(job.type);
  charge.credits = 0;
  for (const JobItem& item : job.items) {
    charge.credits += item.status == ItemStatus::kSkipped ? 0 : domain::cost_of(charge.operation);
  }
  return charge;
}

/// Captures what a done item costs, gives back what another cost, and counts both.
void settle_item(Connection& connection, const Job& job, ItemStatus status, const ItemOutcome& outcome, Timestamp now) {
  const domain::Operation operation = domain::operation_of(job.type);
  const bool passed_through =
      !outcome.variants.empty() && std::all_of(outcome.variants.begin(), outcome.variants.end(),
                                               [](const domain::Variant& variant) { return variant.passthrough; });
  const bool is_paid = status == ItemStatus::kDone && !passed_through;
  std::int64_t charged = 0;
  std::int64_t released = 0;
  if (is_paid) {
    charged = capture_credits(connection, job.hold, domain::cost_of(operation), job.id.str(), now);
  } else {
    released = release_credits(connection, job.hold, domain::cost_of(operation), now);
  }
  connection.prepare("UPDATE jobs SET charged = charged + ?, released = released + ? WHERE id = ?")
      .bind(charged)
      .bind(released)
      .bind(job.id.str())
      .run();
}

/// Writes what was made, and gives the `result` event's body without `jobId`.
Json store_effect(Connection& connection, const Lease& lease, const ItemOutcome& outcome, Timestamp now) {
  Json result{{"imageId", lease.item.image.str()}};
  if (outcome.metadata) {
    domain::Metadata words = *outcome.metadata;
    if (std::optional<domain::Metadata> kept = kept_words(connection, lease)) {
      words = *std::move(kept);  // The event says what is stored, not what was thought.
    } else {
      words.version = write_metadata(connection, lease.item.image, words, "analyze", now);
    }
    connection.prepare("UPDATE images SET analyzed = 1 WHERE id = ?").bind(lease.item.image.str()).run();
    result["metadata"] = domain::to_api_json(words);
  } else {
    result["variants"] = store_variants(connection, lease.job.export_id, lease.item.position, outcome);
    // A sample never counts as an export.
    if (lease.job.type == domain::JobType::kExport) {
      connection.prepare("UPDATE images SET exported = 1 WHERE id = ?").bind(lease.item.image.str()).run();
    }
  }
  return result;
}

}  // namespace

void SqliteJobStore::tell_change(const JobId& id) const {
  if (changed_) {
    database_.after_commit([this, id] { changed_(id); });
  }
}

void SqliteJobStore::tell_work() const {
  if (work_) {
    database_.after_commit([this] { work_(); });
  }
}

Result<Job> SqliteJobStore::create(const Job& job, const std::optional<domain::Export>& result,
                                   const domain::Charge& payment) {
  return guarded([&]() -> Result<Job> {
    Result<Job> made = fail_not_found();
    {
      auto writer = database_.writer();
      Transaction transaction(writer);
      if (result) {
        insert_export(*writer, *result);
      }
      Job counted = job;
      counted.total = static_cast<int>(job.items.size());
      counted.skipped = 0;
      Result<domain::HoldId> hold =
          hold_credits(*writer, charge_of(job, payment), HoldKind::kJob, job.id.str(), std::nullopt, job.created_at);
      if (!hold) {
        return fail(hold.error());
      }
      counted.hold = *std::move(hold);
      insert_job(*writer, counted);
      for (const JobItem& item : job.items) {
        insert_item(*writer, counted, item);
        if (item.status == ItemStatus::kSkipped) {
          ++counted.skipped;
          append_event(*writer, job.id, "progress", progress_body(counted, item.image, "skipped", "skipped"));
        }
      }
      writer->prepare("UPDATE jobs SET skipped = ? WHERE id = ?").bind(counted.skipped).bind(job.id.str()).run();
      finish_job_if_done(*writer, job.id, job.created_at);
      made = find_job(*writer, job.account, job.id);
      transaction.commit();
    }
    tell_change(job.id);
    tell_work();
    return made;
  });
}

Result<Job> SqliteJobStore::find(const AccountId& account, const JobId& id) {
  return guarded([&]() -> Result<Job> {
    auto reader = database_.reader();
    return find_job(*reader, account, id);
  });
}

Result<domain::Page<Job>> SqliteJobStore::list(const AccountId& account, const domain::JobFilter& filter,
                                               const domain::PageRequest& page) {
  return guarded([&]() -> Result<domain::Page<Job>> {
    auto reader = database_.reader();
    domain::Page<Job> result = list_jobs(*reader, account, filter, page);
    for (Job& job : result.items) {
      add_callback(*reader, job);
    }
    return result;
  });
}

Result<std::optional<Lease>> SqliteJobStore::lease_next(Timestamp now, milliseconds lease_time) {
  return guarded([&]() -> Result<std::optional<Lease>> {
    std::optional<Lease> lease;
    std::vector<JobId> changed;
    {
      auto writer = database_.writer();
      Transaction transaction(writer);
      if (const std::optional<FreeItem> item = next_item(*writer, now, changed)) {
        lease = take_item(*writer, *item, now, now + lease_time, changed);
      }
      transaction.commit();
    }
    for (const JobId& job : changed) {
      tell_change(job);
    }
    return lease;
  });
}

Result<void> SqliteJobStore::renew(const Lease& lease, Timestamp until) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    writer
        ->prepare(
            "UPDATE job_items SET lease_until = ? WHERE job = ? AND position = ? AND lease_token = ? AND status = "
            "'running'")
        .bind(to_unix_ms(until))
        .bind(lease.job.id.str())
        .bind(lease.item.position)
        .bind(lease.token)
        .run();
    const bool is_held = writer->changes() > 0;
    transaction.commit();
    return is_held ? Result<void>() : fail_not_found();
  });
}

Result<void> SqliteJobStore::give_back(const Lease& lease) {
  return guarded([&]() -> Result<void> {
    {
      auto writer = database_.writer();
      Transaction transaction(writer);
      writer
          ->prepare(
              "UPDATE job_items SET status = 'queued', attempt = max(attempt - 1, 0), lease_token = NULL, lease_until "
              "= NULL "
              "WHERE job = ? AND position = ? AND lease_token = ? AND status = 'running'")
          .bind(lease.job.id.str())
          .bind(lease.item.position)
          .bind(lease.token)
          .run();
      transaction.commit();
    }
    tell_work();
    return {};
  });
}

Result<void> SqliteJobStore::postpone(const Lease& lease, Timestamp then) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    // A lease that nobody holds: free again when it runs out.
    writer
        ->prepare(
            "UPDATE job_items SET lease_token = NULL, lease_until = ? WHERE job = ? AND position = ? AND lease_token = "
            "? AND status = 'running'")
        .bind(to_unix_ms(then))
        .bind(lease.job.id.str())
        .bind(lease.item.position)
        .bind(lease.token)
        .run();
    transaction.commit();
    return {};
  });
}

Result<int> SqliteJobStore::release_all() {
  return guarded([&]() -> Result<int> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    writer
        ->prepare(
            "UPDATE job_items SET status = 'queued', lease_token = NULL, lease_until = NULL WHERE status = 'running'")
        .run();
    const auto freed = static_cast<int>(writer->changes());
    transaction.commit();
    return freed;
  });
}

Result<void> SqliteJobStore::append_progress(const Lease& lease, const std::string& status, const std::string& step) {
  return guarded([&]() -> Result<void> {
    {
      auto writer = database_.writer();
      Transaction transaction(writer);
      if (!holds(*writer, lease)) {
        return {};
      }
      append_event(*writer, lease.job.id, "progress",
                   progress_body(job_row(*writer, lease.job.id), lease.item.image, status, step));
      transaction.commit();
    }
    tell_change(lease.job.id);
    return {};
  });
}

Result<void> SqliteJobStore::finish(const Lease& lease, const ItemOutcome& outcome, domain::ProblemOf problem_of,
                                    Timestamp now) {
  return guarded([&]() -> Result<void> {
    {
      auto writer = database_.writer();
      Transaction transaction(writer);
      if (!holds(*writer, lease)) {
        return {};
      }
      ItemStatus status = outcome.status;
      std::optional<std::string> result;
      std::optional<std::string> error;
      if (status == ItemStatus::kDone && !image_exists(*writer, lease.item.image)) {
        status = ItemStatus::kCancelled;  // The picture was removed while it was worked on.
      }
      if (status == ItemStatus::kDone) {
        Json body = store_effect(*writer, lease, outcome, now);
        result = dump_json(body);
        Json event{{"jobId", lease.job.id.str()}};
        event.update(body);
        append_event(*writer, lease.job.id, "result", event);
      } else if (status == ItemStatus::kFailed) {
        const Error problem = outcome.error.value_or(Error{});
        error = error_text(problem);
        store_export_problem(*writer, lease.job.export_id, lease.item.position, problem);
        append_event(
            *writer, lease.job.id, "error",
            {{"jobId", lease.job.id.str()}, {"imageId", lease.item.image.str()}, {"problem", problem_of(problem)}});
      }
      writer
          ->prepare(
              "UPDATE job_items SET status = ?, lease_token = NULL, lease_until = NULL, result = ?, error = ? WHERE "
              "job = ? AND position = ?")
          .bind(domain::name_of(status))
          .bind(result)
          .bind(error)
          .bind(lease.job.id.str())
          .bind(lease.item.position)
          .run();
      writer
          ->prepare(
              "UPDATE jobs SET processed = processed + ?, failed = failed + ?, skipped = skipped + ? WHERE id = ?")
          .bind(status == ItemStatus::kDone)
          .bind(status == ItemStatus::kFailed)
          .bind(status == ItemStatus::kSkipped)
          .bind(lease.job.id.str())
          .run();
      if (status == ItemStatus::kSkipped) {
        append_event(*writer, lease.job.id, "progress",
                     progress_body(job_row(*writer, lease.job.id), lease.item.image, "skipped", "skipped"));
      }
      settle_item(*writer, lease.job, status, outcome, now);
      finish_job_if_done(*writer, lease.job.id, now);
      transaction.commit();
    }
    tell_change(lease.job.id);
    return {};
  });
}

Result<Job> SqliteJobStore::cancel(const AccountId& account, const JobId& id, Timestamp now) {
  return guarded([&]() -> Result<Job> {
    Result<Job> job = fail_not_found();
    {
      auto writer = database_.writer();
      Transaction transaction(writer);
      job = find_job(*writer, account, id);
      if (!job || domain::is_final(job->status)) {
        return job;
      }
      writer->prepare("UPDATE jobs SET cancel_requested = 1 WHERE id = ?").bind(id.str()).run();
      cancel_open_items(*writer, id, now);
      finish_job_if_done(*writer, id, now);
      job = find_job(*writer, account, id);
      transaction.commit();
    }
    tell_change(id);
    return job;
  });
}

bool SqliteJobStore::is_cancelled(const JobId& id) {
  try {
    auto reader = database_.reader();
    Statement row = reader->prepare("SELECT cancel_requested FROM jobs WHERE id = ?");
    // A job that is gone (its session was deleted) is cancelled, too.
    return !row.bind(id.str()).step() || row.integer(0) != 0;
  } catch (const SqliteProblem&) {
    return false;
  }
}

Result<std::vector<domain::JobEvent>> SqliteJobStore::events(const JobId& id, std::int64_t after, int limit) {
  return guarded([&]() -> Result<std::vector<domain::JobEvent>> {
    auto reader = database_.reader();
    Statement row = reader->prepare(kEvents);
    row.bind(id.str()).bind(after).bind(limit);
    std::vector<domain::JobEvent> events;
    while (row.step()) {
      events.push_back({row.integer(0), row.text(1), json_of(row.text(2))});
    }
    return events;
  });
}

Result<domain::JobStore::Counts> SqliteJobStore::counts() {
  return guarded([&]() -> Result<Counts> {
    auto reader = database_.reader();
    Statement row = reader->prepare(
        "SELECT count(*) FILTER (WHERE status = 'queued'), count(*) FILTER (WHERE status = 'running') "
        "FROM job_items WHERE status IN ('queued', 'running')");
    row.step();
    return Counts{row.integer(0), row.integer(1)};
  });
}

}  // namespace pictor::storage
