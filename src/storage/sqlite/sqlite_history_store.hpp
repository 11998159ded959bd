#pragma once

#include "domain/ports/history_store.hpp"
#include "storage/sqlite/database.hpp"

namespace pictor::storage {

/// Over the tables of jobs and sessions, by the indexes `jobs_by_end` and `sessions_by_past_end`.
class SqliteHistoryStore final : public domain::HistoryStore {
 public:
  explicit SqliteHistoryStore(SqliteDatabase& database) : database_(database) {}
  Result<int> forget(Timestamp before, int rows) override;

 private:
  SqliteDatabase& database_;
};

}  // namespace pictor::storage
