#include "storage/sqlite/job_rows.hpp"

#include "domain/json_fields.hpp"
#include "storage/sqlite/image_rows.hpp"
#include "storage/sqlite/ledger_rows.hpp"
#include "storage/sqlite/webhook_rows.hpp"

namespace pictor::storage {
namespace {

using domain::Job;
using domain::JobId;
using domain::JobItem;
using domain::JobStatus;

std::optional<Timestamp> optional_time(const Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(from_unix_ms(row.integer(column)));
}

domain::ExportSettings settings_of(const std::string& text) {
  Result<domain::ExportSettings> settings = domain::parse_export_settings(json_of(text));
  if (!settings) {
    throw SqliteProblem("stored settings are not settings: " + settings.error().public_message);
  }
  return *std::move(settings);
}

JobStatus status_at_end(const Job& job) {
  if (job.cancel_requested && job.processed + job.failed + job.skipped < job.total) {
    return JobStatus::kCancelled;
  }
  if (job.failed == 0) {
    return JobStatus::kCompleted;
  }
  return job.processed + job.skipped == 0 ? JobStatus::kFailed : JobStatus::kPartial;
}

/// Samples are looked at while one waits: nobody is told of them but by their own callback.
void tell_of_end(Connection& connection, const Job& job, Timestamp now) {
  const bool failed = job.status == JobStatus::kFailed;
  const std::string type =
      failed ? "job.failed"
             : (job.status == JobStatus::kCancelled ? "job.cancelled" : std::string(name_of(job.type)) + ".completed");
  const Json data = domain::to_summary_json(job);
  if (job.type != domain::JobType::kSample && job.status != JobStatus::kCancelled) {
    enqueue_event(connection, job.account, type, job.id.str(), data, now);
  }
  enqueue_callback(connection, job.account, job.callback, type, job.id.str(), data, now);
}

}  // namespace

Job read_job(const Statement& row) {
  Job job;
  job.id = JobId::trusted(row.text(0));
  job.account = domain::AccountId::trusted(row.text(1));
  job.session = domain::SessionId::trusted(row.text(2));
  job.type = domain::job_type_from_name(row.text(3));
  job.status = domain::job_status_from_name(row.text(4));
  Result<domain::AnalyzeOptions> options = domain::parse_analyze_options(json_of(row.text(5)));
  if (!options) {
    throw SqliteProblem("stored options are not options: " + options.error().public_message);
  }
  job.options = *std::move(options);
  job.export_id = domain::ExportId::trusted(row.text(6));
  job.total = static_cast<int>(row.integer(7));
  job.processed = static_cast<int>(row.integer(8));
  job.failed = static_cast<int>(row.integer(9));
  job.skipped = static_cast<int>(row.integer(10));
  job.cancel_requested = row.integer(11) != 0;
  job.created_at = from_unix_ms(row.integer(12));
  job.started_at = optional_time(row, 13);
  job.finished_at = optional_time(row, 14);
  job.key = domain::KeyId::trusted(row.text(15));
  job.hold = domain::HoldId::trusted(row.text(16));
  job.charged = static_cast<int>(row.integer(17));
  job.released = static_cast<int>(row.integer(18));
  job.callback = row.text(19);
  return job;
}

Job job_row(Connection& connection, const JobId& id) {
  Statement row = connection.prepare("SELECT " PICTOR_JOB_COLUMNS " FROM jobs WHERE id = ?");
  row.bind(id.str()).step();
  return read_job(row);
}

JobItem read_item(const Statement& row) {
  JobItem item;
  item.image = domain::ImageId::trusted(row.text(0));
  item.position = static_cast<int>(row.integer(1));
  item.status = domain::item_status_from_name(row.text(2));
  item.attempt = static_cast<int>(row.integer(3));
  if (!row.is_null(4)) {
    item.settings = settings_of(row.text(4));
  }
  if (!row.is_null(5)) {
    item.metadata_patch = json_of(row.text(5));
  }
  if (!row.is_null(6)) {
    item.result = json_of(row.text(6));
  }
  if (!row.is_null(7)) {
    item.error = error_of(row.text(7));
  }
  return item;
}

void insert_job(Connection& connection, const Job& job) {
  connection
      .prepare(
          "INSERT INTO jobs (id, account, session, type, status, options, export, total, skipped, created_at, key, "
          "hold, callback) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(job.id.str())
      .bind(job.account.str())
      .bind(job.session.str())
      .bind(domain::name_of(job.type))
      .bind(domain::name_of(JobStatus::kQueued))
      .bind(dump_json(domain::to_json(job.options)))
      .bind(job.export_id.str())
      .bind(job.total)
      .bind(job.skipped)
      .bind(to_unix_ms(job.created_at))
      .bind(job.key.str())
      .bind(job.hold.str())
      .bind(job.callback)
      .run();
}

void insert_item(Connection& connection, const Job& job, const JobItem& item) {
  std::optional<std::string> settings;
  std::optional<std::string> patch;
  if (item.settings) {
    settings = dump_json(domain::to_json(*item.settings));
  }
  if (item.metadata_patch) {
    patch = dump_json(*item.metadata_patch);
  }
  connection
      .prepare(
          "INSERT INTO job_items (job, position, image, account, status, settings, patch, priority) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(job.id.str())
      .bind(item.position)
      .bind(item.image.str())
      .bind(job.account.str())
      .bind(domain::name_of(item.status))
      .bind(settings)
      .bind(patch)
      .bind(static_cast<int>(job.priority))
      .run();
}

void append_event(Connection& connection, const JobId& job, std::string_view type, const Json& body) {
  connection.prepare("UPDATE jobs SET last_event = last_event + 1 WHERE id = ?").bind(job.str()).run();
  connection.prepare("INSERT INTO job_events (job, id, type, body) SELECT id, last_event, ?, ? FROM jobs WHERE id = ?")
      .bind(type)
      .bind(dump_json(body))
      .bind(job.str())
      .run();
}

void cancel_open_items(Connection& connection, const JobId& id, Timestamp now) {
  // One that is put off runs without a token; one whose worker died has a lease that ended.
  connection
      .prepare(
          "UPDATE job_items SET status = 'cancelled', lease_token = NULL, lease_until = NULL WHERE job = ? AND "
          "(status = 'queued' OR (status = 'running' AND (lease_token IS NULL OR lease_until <= ?)))")
      .bind(id.str())
      .bind(to_unix_ms(now))
      .run();
  const std::int64_t cancelled = connection.changes();
  const Job job = job_row(connection, id);
  const std::int64_t cost = cancelled * domain::cost_of(domain::operation_of(job.type));
  connection.prepare("UPDATE jobs SET released = released + ? WHERE id = ?")
      .bind(release_credits(connection, job.hold, cost, now))
      .bind(id.str())
      .run();
}

bool finish_job_if_done(Connection& connection, const JobId& id, Timestamp now) {
  {
    Statement open =
        connection.prepare("SELECT EXISTS (SELECT 1 FROM job_items WHERE job = ? AND status IN ('queued', 'running'))");
    open.bind(id.str()).step();
    if (open.integer(0) != 0) {
      return false;
    }
  }
  Job job;
  {
    Statement row = connection.prepare("SELECT " PICTOR_JOB_COLUMNS " FROM jobs WHERE id = ?");
    if (!row.bind(id.str()).step()) {
      return false;
    }
    job = read_job(row);
  }
  if (domain::is_final(job.status)) {
    return false;
  }
  job.released += static_cast<int>(release_credits(connection, job.hold, std::nullopt, now));
  const JobStatus status = status_at_end(job);
  connection
      .prepare(
          "UPDATE jobs SET status = ?, finished_at = ?, started_at = coalesce(started_at, ?), released = ? WHERE id = "
          "?")
      .bind(domain::name_of(status))
      .bind(to_unix_ms(now))
      .bind(to_unix_ms(now))
      .bind(job.released)
      .bind(id.str())
      .run();
  connection.prepare("UPDATE exports SET status = ? WHERE id = ?")
      .bind(domain::name_of(status))
      .bind(job.export_id.str())
      .run();
  Json body{{"jobId", id.str()},
            {"status", domain::name_of(status)},
            {"processed", job.processed},
            {"failed", job.failed},
            {"skipped", job.skipped},
            {"total", job.total},
            {"creditsCharged", job.charged}};
  if (!job.export_id.empty()) {
    body["exportId"] = job.export_id.str();
  }
  append_event(connection, id, "complete", body);
  job.status = status;
  job.started_at = job.started_at.value_or(now);
  job.finished_at = now;
  tell_of_end(connection, job, now);
  return true;
}

std::string error_text(const Error& error) {
  Json fields = Json::array();
  for (const FieldError& field : error.fields) {
    fields.push_back({{"pointer", field.pointer}, {"detail", field.detail}});
  }
  return dump_json(
      {{"code", error_code_name(error.code)}, {"message", error.public_message}, {"fields", std::move(fields)}});
}

Error error_of(const std::string& text) {
  const Json json = json_of(text);
  const domain::FieldReader reader(json);
  Error error{error_code_from_name(reader.text("code")), reader.text("message")};
  for (const Json& row : reader.array("fields")) {
    const domain::FieldReader field(row);
    error.fields.push_back({field.text("pointer"), field.text("detail")});
  }
  return error;
}

}  // namespace pictor::storage
