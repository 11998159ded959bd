#include "storage/sqlite/sqlite_history_store.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pictor::storage {
namespace {

constexpr std::string_view kOldJob = "SELECT id FROM jobs WHERE finished_at < ? LIMIT 1";
constexpr std::string_view kOldSession =
    "SELECT id FROM sessions WHERE status = 'expired' AND expires_at < ? AND NOT EXISTS "
    "(SELECT 1 FROM jobs WHERE jobs.session = sessions.id) LIMIT 1";

// Children before what they refer to: no cascade then removes more than was counted. Each takes the id as ?1 and how
// many rows may go as ?2.
constexpr std::array<std::string_view, 3> kJobSteps = {
    "DELETE FROM job_events WHERE job = ?1 AND id IN (SELECT id FROM job_events WHERE job = ?1 LIMIT ?2)",
    "DELETE FROM job_items WHERE job = ?1 AND position IN (SELECT position FROM job_items WHERE job = ?1 LIMIT ?2)",
    "DELETE FROM jobs WHERE id = ?1 AND ?2 > 0",
};
constexpr std::array<std::string_view, 6> kSessionSteps = {
    "DELETE FROM metadata_versions WHERE (image, version) IN (SELECT image, version FROM metadata_versions "
    "WHERE image IN (SELECT id FROM images WHERE session = ?1) LIMIT ?2)",
    "DELETE FROM images WHERE id IN (SELECT id FROM images WHERE session = ?1 LIMIT ?2)",
    "DELETE FROM variants WHERE (export, position, number) IN (SELECT export, position, number FROM variants "
    "WHERE export IN (SELECT id FROM exports WHERE session = ?1) LIMIT ?2)",
    "DELETE FROM export_images WHERE (export, position) IN (SELECT export, position FROM export_images "
    "WHERE export IN (SELECT id FROM exports WHERE session = ?1) LIMIT ?2)",
    "DELETE FROM exports WHERE id IN (SELECT id FROM exports WHERE session = ?1 LIMIT ?2)",
    "DELETE FROM sessions WHERE id = ?1 AND ?2 > 0",
};

std::optional<std::string> find_old(Connection& connection, std::string_view sql, Timestamp before) {
  Statement row = connection.prepare(sql);
  return row.bind(to_unix_ms(before)).step() ? std::optional(row.text(0)) : std::nullopt;
}

/// Runs the steps until `left` is used up: then a later step would find children, so none follows.
void forget_one(Connection& connection, std::span<const std::string_view> steps, const std::string& id,
                std::int64_t& left) {
  for (const std::string_view step : steps) {
    connection.prepare(step).bind(id).bind(left).run();
    left -= connection.changes();
    if (left <= 0) {
      return;
    }
  }
}

}  // namespace

Result<int> SqliteHistoryStore::forget(Timestamp before, int rows) {
  return guarded([&]() -> Result<int> {
    {
      // Most rounds find nothing: those take no writer.
      auto reader = database_.reader();
      if (!find_old(*reader, kOldJob, before) && !find_old(*reader, kOldSession, before)) {
        return 0;
      }
    }
    auto writer = database_.writer();
    Transaction transaction(writer);
    std::int64_t left = rows;
    while (left > 0) {
      if (const std::optional<std::string> job = find_old(*writer, kOldJob, before)) {
        forget_one(*writer, kJobSteps, *job, left);
      } else if (const std::optional<std::string> session = find_old(*writer, kOldSession, before)) {
        forget_one(*writer, kSessionSteps, *session, left);
      } else {
        break;
      }
    }
    transaction.commit();
    return static_cast<int>(rows - left);
  });
}

}  // namespace pictor::storage
