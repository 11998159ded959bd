#pragma once

#include <chrono>
#include <mutex>

#include "domain/ports/ledger.hpp"

namespace pictor::app {

/// Whether every balance is the sum of its entries, asked at start and by `/readyz?deep=1`. The query reads the whole
/// ledger, so its answer stands for some seconds. Thread-safe.
class LedgerCheck {
 public:
  explicit LedgerCheck(domain::Ledger& ledger) : ledger_(ledger) {}
  /// What is wrong goes to the log. @error kOverloaded  some account's sums do not add up, or nobody could look
  Result<void> run();

 private:
  Result<void> look();

  domain::Ledger& ledger_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point stands_until_;
  Result<void> last_;
};

}  // namespace pictor::app
