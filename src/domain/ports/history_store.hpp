#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"

namespace pictor::domain {

/// Rows of work that ended long ago. Thread-safe.
class HistoryStore {
 public:
  virtual ~HistoryStore() = default;
  /// Removes at most about `rows` rows in one transaction, so that no other writer waits long: jobs that finished
  /// before `before`, with items and events; then sessions that ended before it and have no job left, with images,
  /// words and exports. A large job goes in several calls, its events first. Never the ledger's rows nor the usage's,
  /// and no row of a session that is still open but its old jobs.
  /// @return how many rows went; 0: nothing is left to do
  virtual Result<int> forget(Timestamp before, int rows) = 0;
};

}  // namespace pictor::domain
