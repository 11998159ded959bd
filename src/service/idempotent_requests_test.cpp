#include "service/idempotent_requests.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>

#include "service/testing/fakes.hpp"
#include "storage/sqlite/sqlite_idempotency_store.hpp"
#include "storage/sqlite/sqlite_units_of_work.hpp"

namespace pictor::service {
namespace {

using domain::IdempotencyKey;
using domain::StoredAnswer;
using testing::House;
using Attempt = std::unique_ptr<IdempotentRequests::Attempt>;

class IdempotentRequestsTest : public ::testing::Test {
 protected:
  /// A start of the server: what another one left running is its to take over.
  std::unique_ptr<IdempotentRequests> start(const std::string& pepper = "pepper") {
    return std::make_unique<IdempotentRequests>(
        store, units, *house.blobs, [this](const domain::BlobId& id) { return house.session_store.is_blob_named(id); },
        house.clock, pepper, House::kDay);
  }
  Attempt begin(IdempotentRequests& started, const std::string& fingerprint = "one") {
    return std::get<Attempt>(started.begin(key, fingerprint).value());
  }
  std::size_t sessions() { return house.sessions.list(house.who, {}).value().items.size(); }

  House house;
  storage::SqliteIdempotencyStore store{*house.database};
  storage::SqliteUnitsOfWork units{*house.database};
  std::unique_ptr<IdempotentRequests> requests = start();
  IdempotencyKey key{house.who.account.str(), "order 17"};
};

TEST_F(IdempotentRequestsTest, EffectAndAnswerComeTogether) {
  {
    const Attempt attempt = begin(*requests);
    attempt->begin_effects();
    (void)house.upload({"a.jpg"});
    ASSERT_TRUE(attempt->finish({201, {}, "sk-secret", "", ""}));
  }
  const auto again = requests->begin(key, "one").value();
  EXPECT_EQ(std::get<StoredAnswer>(again).body, "sk-secret");
  EXPECT_EQ(sessions(), 1U);
  EXPECT_EQ(requests->begin(key, "two").error().code, ErrorCode::kIdempotencyKeyReused);
}

TEST_F(IdempotentRequestsTest, WhatIsNotFinishedHadNoEffectAndMayBeTriedAgain) {
  {
    const Attempt attempt = begin(*requests);
    attempt->begin_effects();
    (void)house.upload({"a.jpg"});
    EXPECT_EQ(requests->begin(key, "one").error().code, ErrorCode::kRequestInProgress);
    EXPECT_EQ(requests->begin(key, "two").error().code, ErrorCode::kIdempotencyKeyReused);
  }
  EXPECT_EQ(sessions(), 0U);
  EXPECT_TRUE(begin(*requests, "two"));
}

TEST_F(IdempotentRequestsTest, ListenersHearOfAJobOnceItIsThere) {
  const SessionView view = house.upload({"a.jpg"});
  int heard = 0;
  house.job_store.on_work([&] { ++heard; });
  {
    const Attempt attempt = begin(*requests);
    attempt->begin_effects();
    house.start_analyze(view);
    EXPECT_EQ(heard, 0);
  }
  EXPECT_EQ(heard, 0) << "it was rolled back";
  const Attempt attempt = begin(*requests);
  attempt->begin_effects();
  house.start_analyze(view);
  ASSERT_TRUE(attempt->finish({202, {}, "", "", ""}));
  EXPECT_EQ(heard, 1);
}

TEST_F(IdempotentRequestsTest, ANewStartTakesOverWhatTheLastLeftRunning) {
  const auto died = start();
  const Attempt left = begin(*died);
  EXPECT_TRUE(begin(*requests, "two"));
}

TEST_F(IdempotentRequestsTest, ALaterStartGivesTheAnswerAgainButNotUnderAnotherPepper) {
  ASSERT_TRUE(begin(*requests)->finish({201, {{"Location", "/x"}}, "body", "", ""}));
  const StoredAnswer again = std::get<StoredAnswer>(start()->begin(key, "one").value());
  EXPECT_EQ(again.body, "body");
  EXPECT_EQ(again.headers.front().second, "/x");
  EXPECT_EQ(start("other")->begin(key, "one").error().code, ErrorCode::kInternal);
}

TEST_F(IdempotentRequestsTest, ItsFileStaysForADay) {
  const domain::BlobId blob = house.incoming("x", "a picture").blob->id;
  ASSERT_TRUE(begin(*requests)->finish({200, {}, "", blob, ""}));
  house.clock.advance(House::kDay);
  EXPECT_EQ(requests->expire().value(), 0);
  EXPECT_TRUE(house.blobs->open(blob));
  house.clock.advance(milliseconds(1));
  EXPECT_EQ(requests->expire().value(), 1);
  EXPECT_FALSE(house.blobs->open(blob));
  EXPECT_TRUE(begin(*requests, "two"));
}

TEST_F(IdempotentRequestsTest, FilesComeAndGoBesideItWithoutEitherWaitingForever) {
  std::atomic<bool> over = false;
  std::thread sweeper([&] {
    while (!over) {
      EXPECT_TRUE(house.blobs->sweep([&](const domain::BlobId& id) { return house.session_store.is_blob_named(id); }));
    }
  });
  std::vector<std::thread> clients;
  std::atomic<int> lost = 0;
  for (int client = 0; client < 4; ++client) {
    clients.emplace_back([&, client] {
      for (int round = 0; round < 15; ++round) {
        const IdempotencyKey own{key.scope, std::to_string(client) + "/" + std::to_string(round)};
        const Attempt attempt = std::get<Attempt>(requests->begin(own, "one").value());
        attempt->begin_effects();
        // The pins go here, before the rows are there for everybody.
        const SessionView view = house.upload({"same.jpg"});
        if (!attempt->finish({201, {}, "", "", ""}) || !house.blobs->open(view.images[0].blob)) {
          ++lost;
        }
      }
    });
  }
  for (std::thread& client : clients) {
    client.join();
  }
  over = true;
  sweeper.join();
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(sessions(), 20U) << "the first page of 60";
}

}  // namespace
}  // namespace pictor::service
