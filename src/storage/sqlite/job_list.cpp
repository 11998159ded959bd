#include "storage/sqlite/job_list.hpp"

#include <string>

#include "storage/sqlite/job_rows.hpp"

namespace pictor::storage {
namespace {

using domain::Job;

// The inner query reads nothing but the index `jobs_listed`, so a filter that few jobs pass reads few rows of the
// table.
#define PICTOR_FILTERED_IDS(source, which)                                                  \
  "(SELECT id FROM jobs " source                                                            \
  " WHERE account = ?1 AND id < ?2 AND (?3 = '' OR instr(?3, ',' || status || ',') > 0) "   \
  "AND (?4 = '' OR instr(?4, ',' || type || ',') > 0) AND (?5 IS NULL OR created_at > ?5) " \
  "AND (?6 IS NULL OR created_at < ?6) " which " ORDER BY id DESC LIMIT ?7)"
constexpr std::string_view kOfAccount = "SELECT " PICTOR_JOB_COLUMNS " FROM jobs WHERE id IN " PICTOR_FILTERED_IDS(
    "INDEXED BY jobs_listed", "") " ORDER BY id DESC";
constexpr std::string_view kOfSession = "SELECT " PICTOR_JOB_COLUMNS " FROM jobs WHERE id IN " PICTOR_FILTERED_IDS(
    "INDEXED BY jobs_by_session", "AND session = ?8") " ORDER BY id DESC";

/// `,queued,running,`; empty: all.
template <class Value>
std::string list_of(const std::vector<Value>& values) {
  std::string text;
  for (const Value value : values) {
    text += (text.empty() ? "," : "") + std::string(domain::name_of(value)) + ",";
  }
  return text;
}

std::optional<std::int64_t> ms_of(const std::optional<Timestamp>& time) {
  return time ? std::optional<std::int64_t>(to_unix_ms(*time)) : std::nullopt;
}

}  // namespace

domain::Page<Job> list_jobs(Connection& connection, const domain::AccountId& account, const domain::JobFilter& filter,
                            const domain::PageRequest& page) {
  Statement row = connection.prepare(filter.session ? kOfSession : kOfAccount);
  row.bind(account.str())
      .bind(page.cursor.empty() ? std::string_view("~") : std::string_view(page.cursor))
      .bind(list_of(filter.statuses))
      .bind(list_of(filter.types))
      .bind(ms_of(filter.created_after))
      .bind(ms_of(filter.created_before))
      .bind(page.limit + 1);
  if (filter.session) {
    row.bind(filter.session->str());
  }
  domain::Page<Job> result;
  while (row.step()) {
    result.items.push_back(read_job(row));
  }
  if (result.items.size() > static_cast<std::size_t>(page.limit)) {
    result.items.pop_back();
    result.next_cursor = result.items.back().id.str();
  }
  return result;
}

}  // namespace pictor::storage
