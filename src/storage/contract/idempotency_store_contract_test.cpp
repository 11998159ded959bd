#include <atomic>
#include <gtest/gtest.h>
#include <thread>

#include "storage/sqlite/sqlite_units_of_work.hpp"
#include "storage/testing/rows.hpp"

/// What an IdempotencyStore promises (domain/ports/idempotency_store.hpp).
namespace pictor::storage {
namespace {

using domain::IdempotencyKey;
using domain::StoredAnswer;
using testing::kDay;
using testing::kNow;
using State = domain::IdempotencyStore::State;

class IdempotencyStoreContract : public ::testing::Test, public testing::StoresTest {
 protected:
  domain::IdempotencyStore& store() { return stores.idempotency; }
  domain::IdempotencyStore::Begun begin(const std::string& fingerprint = "one", const std::string& owner = "us",
                                        Timestamp now = kNow) {
    return store().begin(key, fingerprint, owner, now, now - kDay).value();
  }
  StoredAnswer answer() {
    return {
        201, {{"Content-Type", "application/json"}, {"Location", "/x"}}, "sealed", testing::digest_of("a"), "job_1"};
  }

  IdempotencyKey key{ours.str(), "order 17"};
};

TEST_F(IdempotencyStoreContract, GivesTheFirstAnswerAgain) {
  EXPECT_EQ(begin().state, State::kNew);
  EXPECT_EQ(begin().state, State::kRunning);
  testing::must(store().finish(key, "us", answer()));
  const auto again = begin("two");
  EXPECT_EQ(again.state, State::kDone);
  EXPECT_EQ(again.fingerprint, "one");
  EXPECT_EQ(again.answer.status, 201);
  EXPECT_EQ(again.answer.headers, answer().headers);
  EXPECT_EQ(again.answer.body, "sealed");
  EXPECT_EQ(again.answer.blob, testing::digest_of("a"));
  EXPECT_EQ(again.answer.job, "job_1");
}

TEST_F(IdempotencyStoreContract, KeepsAccountsApart) {
  begin();
  EXPECT_EQ(store().begin({theirs.str(), key.key}, "one", "us", kNow, kNow - kDay).value().state, State::kNew);
  EXPECT_EQ(store().begin({key.scope, "Order 17"}, "one", "us", kNow, kNow - kDay).value().state, State::kNew);
}

TEST_F(IdempotencyStoreContract, TakesOverWhatAProcessThatDiedLeftRunning) {
  begin("one", "dead");
  EXPECT_EQ(begin("two", "us").state, State::kNew);
  EXPECT_FALSE(store().finish(key, "dead", answer())) << "a ghost must not store its answer";
  testing::must(store().finish(key, "us", answer()));
  EXPECT_EQ(begin("two", "other").state, State::kDone) << "done is done, whoever did it";
  EXPECT_FALSE(store().finish(key, "us", answer())) << "an answer is stored once";
}

TEST_F(IdempotencyStoreContract, AnAbandonedKeyIsFree) {
  begin();
  testing::must(store().abandon(key, "other"));
  EXPECT_EQ(begin().state, State::kRunning);
  testing::must(store().abandon(key, "us"));
  EXPECT_EQ(begin("two").state, State::kNew);
  testing::must(store().finish(key, "us", answer()));
  testing::must(store().abandon(key, "us"));
  EXPECT_EQ(begin("two").state, State::kDone) << "an answer is not abandoned";
}

TEST_F(IdempotencyStoreContract, ForgetsWithTime) {
  begin();
  testing::must(store().finish(key, "us", answer()));
  EXPECT_EQ(begin("one", "us", kNow + kDay).state, State::kDone);
  EXPECT_TRUE(store().expire(kNow, "us").value().empty());
  EXPECT_EQ(store().expire(kNow + milliseconds(1), "us").value(), std::vector{testing::digest_of("a")});
  EXPECT_EQ(begin().state, State::kNew);
  testing::must(store().finish(key, "us", answer()));
  EXPECT_EQ(begin("two", "us", kNow + kDay + milliseconds(1)).state, State::kNew) << "old rows count as gone";
}

TEST_F(IdempotencyStoreContract, ExpiryLeavesWhatThisProcessRunsAndTakesWhatTheDeadLeft) {
  begin();
  begin("one", "us");
  store().begin({ours.str(), "left"}, "one", "dead", kNow, kNow - kDay).value();
  EXPECT_TRUE(store().expire(kNow + kDay, "us").value().empty());
  EXPECT_EQ(begin().state, State::kRunning);
  EXPECT_EQ(store().begin({ours.str(), "left"}, "two", "dead", kNow, kNow - kDay).value().state, State::kNew);
}

TEST_F(IdempotencyStoreContract, ExpiryTakesManyRows) {
  SqliteUnitsOfWork units(*stores.database);
  auto unit = units.begin();
  for (int i = 0; i < 1'200; ++i) {
    const IdempotencyKey one{ours.str(), std::to_string(i)};
    store().begin(one, "f", "us", kNow, kNow).value();
    testing::must(store().finish(one, "us", {200, {}, "", std::to_string(i), ""}));
  }
  testing::must(unit->commit());
  unit.reset();
  EXPECT_EQ(store().expire(kNow + milliseconds(1), "us").value().size(), 1'200U);
}

TEST_F(IdempotencyStoreContract, OfManyAtOnceExactlyOneIsNew) {
  for (int round = 0; round < 20; ++round) {
    key.key = std::to_string(round);
    std::atomic<int> fresh = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] { fresh += begin().state == State::kNew ? 1 : 0; });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    EXPECT_EQ(fresh, 1);
  }
}

TEST_F(IdempotencyStoreContract, TheAnswerGoesWithTheUnitOfWorkItIsIn) {
  begin();
  SqliteUnitsOfWork units(*stores.database);
  {
    const auto unit = units.begin();
    open_session(ours, {"fox.jpg"});
    testing::must(store().finish(key, "us", answer()));
  }
  EXPECT_EQ(begin().state, State::kRunning);
  EXPECT_TRUE(stores.sessions.list(ours, {}).value().items.empty());
  {
    const auto unit = units.begin();
    open_session(ours, {"fox.jpg"});
    testing::must(store().finish(key, "us", answer()));
    testing::must(unit->commit());
  }
  EXPECT_EQ(begin().state, State::kDone);
  EXPECT_EQ(stores.sessions.list(ours, {}).value().items.size(), 1U);
}

TEST_F(IdempotencyStoreContract, NamesItsFile) {
  begin();
  EXPECT_FALSE(stores.sessions.is_blob_named(testing::digest_of("a")));
  testing::must(store().finish(key, "us", answer()));
  EXPECT_TRUE(stores.sessions.is_blob_named(testing::digest_of("a")));
  store().expire(kNow + kDay, "us").value();
  EXPECT_FALSE(stores.sessions.is_blob_named(testing::digest_of("a")));
}

}  // namespace
}  // namespace pictor::storage
