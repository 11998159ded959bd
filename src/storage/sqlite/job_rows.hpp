#pragma once

#include <string>
#include <vector>

#include "domain/job.hpp"
#include "storage/sqlite/connection.hpp"

namespace pictor::storage {

/// Columns that `read_job` reads, in its order.
#define PICTOR_JOB_COLUMNS                                                                                     \
  "id, account, session, type, status, options, export, total, processed, failed, skipped, cancel_requested, " \
  "created_at, started_at, finished_at, key, hold, charged, released, callback"
/// Columns that `read_item` reads, in its order.
#define PICTOR_ITEM_COLUMNS "image, position, status, attempt, settings, patch, result, error"

/// Without items.
[[nodiscard]] domain::Job read_job(const Statement& row);
/// The job of this id, which must exist; without items.
[[nodiscard]] domain::Job job_row(Connection& connection, const domain::JobId& id);
[[nodiscard]] domain::JobItem read_item(const Statement& row);
void insert_job(Connection& connection, const domain::Job& job);
void insert_item(Connection& connection, const domain::Job& job, const domain::JobItem& item);

/// Gives the event the job's next id. Within a transaction: ids have no gaps.
void append_event(Connection& connection, const domain::JobId& job, std::string_view type, const Json& body);
/// Status, times, the export's status and the `complete` event, when no item is open any more. @return true when it was
/// the end
bool finish_job_if_done(Connection& connection, const domain::JobId& id, Timestamp now);

/// Items of a cancelled job that nobody works on now become cancelled, and what they cost goes back at once. Within a
/// transaction: an item is cancelled, and paid back, once.
void cancel_open_items(Connection& connection, const domain::JobId& id, Timestamp now);

/// An Error as a row keeps it: code, public message, fields. What was private is not kept.
[[nodiscard]] std::string error_text(const Error& error);
[[nodiscard]] Error error_of(const std::string& text);

}  // namespace pictor::storage
