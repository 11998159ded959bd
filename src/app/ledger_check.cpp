#include "app/ledger_check.hpp"

#include "base/log.hpp"

namespace pictor::app {
namespace {

constexpr std::chrono::seconds kStands{5};

}  // namespace

Result<void> LedgerCheck::run() {
  const std::scoped_lock lock(mutex_);
  if (const auto now = std::chrono::steady_clock::now(); now >= stands_until_) {
    last_ = look();
    stands_until_ = std::chrono::steady_clock::now() + kStands;
  }
  return last_;
}

Result<void> LedgerCheck::look() {
  const Result<std::vector<domain::AccountId>> wrong = ledger_.mismatches();
  if (wrong && wrong->empty()) {
    return {};
  }
  if (!wrong) {
    log_error("the ledger could not be checked", {{"cause", wrong.error().private_message}});
  }
  for (const domain::AccountId& account : wrong.value_or(std::vector<domain::AccountId>())) {
    log_error("LEDGER: the sum of this account's entries is not its balance, or its holds do not add up",
              {{"account", account.str()}});
  }
  return fail({ErrorCode::kOverloaded, "The ledger's sums do not add up; the server's log names the accounts."});
}

}  // namespace pictor::app
