#pragma once

#include "domain/ports/history_store.hpp"

namespace pictor::service {

/// Forgets work that ended long ago, in steps: a chore. Thread-safe.
class History {
 public:
  /// @param kept  how long rows stay after the end of what they tell of; 0: for ever
  History(domain::HistoryStore& store, const Clock& clock, milliseconds kept)
      : store_(store), clock_(clock), kept_(kept) {}
  /// At most 20,000 rows a call, 500 a transaction: the chores after it do not wait long, and no writer does.
  /// @return how many rows went
  Result<int> forget_old();

 private:
  domain::HistoryStore& store_;
  const Clock& clock_;
  milliseconds kept_;
};

}  // namespace pictor::service
