#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>
#include <thread>

#include "storage/testing/rows.hpp"

/// Not tests but the work of bench/ledger, which starts them by name with a folder in the environment.
namespace pictor::storage {
namespace {

using domain::AccountId;
using domain::EntryType;
using testing::kNow;

std::string setting(const char* name, const char* fallback) {
  const char* value = std::getenv(name);
  return value == nullptr ? fallback : value;
}

AccountId the_account(testing::Stores& stores) {
  const std::vector<domain::Account> accounts = stores.accounts.list().value();
  if (!accounts.empty()) {
    return accounts.front().id;
  }
  domain::Account account{AccountId::make(kNow), "Us", "us@example.org", "Free", false, kNow};
  domain::ApiKey key;
  key.id = domain::KeyId::make(kNow);
  key.account = account.id;
  testing::must(stores.accounts.create(account, key));
  stores.ledger.add(account.id, EntryType::kGrant, 1'000'000'000, "", "", "", kNow).value();
  return account.id;
}

/// hold 2, capture 1, release the other, and again: three moves a round. @return moves
std::int64_t move_until(domain::Ledger& ledger, const AccountId& account, const std::atomic<bool>& ended) {
  domain::Charge charge;
  charge.account = account;
  charge.key = domain::KeyId::make(kNow);
  charge.credits = 2;
  std::int64_t moves = 0;
  while (!ended) {
    const domain::HoldId hold = ledger.hold(charge, std::nullopt, kNow).value();
    ledger.capture(hold, 1, kNow).value();
    ledger.release(hold, kNow).value();
    moves += 3;
  }
  return moves;
}

TEST(LedgerBench, DISABLED_Move) {
  testing::Stores stores(setting("LEDGER_BENCH_FOLDER", ""));
  const AccountId account = the_account(stores);
  const int clients = std::stoi(setting("LEDGER_BENCH_CLIENTS", "64"));
  const double seconds = std::stod(setting("LEDGER_BENCH_SECONDS", "5"));
  std::atomic<bool> ended = false;
  std::atomic<std::int64_t> moves = 0;
  std::printf("started\n");
  std::fflush(stdout);
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (int client = 0; client < clients; ++client) {
    threads.emplace_back([&] { moves += move_until(stores.ledger, account, ended); });
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  ended = true;
  for (std::thread& thread : threads) {
    thread.join();
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("result {\"moves\": %lld, \"seconds\": %.3f}\n", static_cast<long long>(moves), took.count());
}

TEST(LedgerBench, DISABLED_Check) {
  testing::Stores stores(setting("LEDGER_BENCH_FOLDER", ""));
  const std::size_t wrong = stores.ledger.mismatches().value().size();
  const domain::Balance balance = stores.ledger.balance(the_account(stores)).value();
  std::int64_t entries = 0;
  {
    auto reader = stores.database->reader();
    Statement row = reader->prepare("SELECT count(*) FROM credit_entries");
    row.step();
    entries = row.integer(0);
  }
  const int released = stores.ledger.release_calls(kNow).value();
  const std::size_t wrong_after = stores.ledger.mismatches().value().size();
  std::printf("result {\"mismatches\": %zu, \"held\": %lld, \"entries\": %lld, \"released\": %d}\n",
              wrong + wrong_after, static_cast<long long>(balance.held), static_cast<long long>(entries), released);
}

}  // namespace
}  // namespace pictor::storage
