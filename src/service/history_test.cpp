#include "service/history.hpp"

#include <deque>
#include <gtest/gtest.h>
#include <thread>

#include "service/testing/fakes.hpp"
#include "storage/sqlite/sqlite_history_store.hpp"

namespace pictor::service {
namespace {

using testing::House;

constexpr milliseconds kKept{90 * House::kDay.count()};

class HistoryTest : public ::testing::Test {
 protected:
  /// A session whose one job is finished at the house's present time.
  domain::Job finished_job(int pictures = 1) {
    const auto view = house.upload(std::vector<std::string>(static_cast<std::size_t>(pictures), "a.jpg"));
    const domain::Job job = house.start_analyze(view);
    house.job_store.cancel(house.who.account, job.id, house.clock.now()).value();
    return job;
  }
  std::int64_t count(const std::string& table) {
    auto reader = house.database->reader();
    const std::string& sql = statements.emplace_back("SELECT count(*) FROM " + table);
    storage::Statement row = reader->prepare(sql);
    row.step();
    return row.integer(0);
  }
  bool is_there(const domain::Job& job) { return house.jobs.find(house.who, job.id.str()).has_value(); }

  House house;
  std::deque<std::string> statements;  ///< keys of the connections' caches
  storage::SqliteHistoryStore store{*house.database};
  History history{store, house.clock, kKept};
};

TEST_F(HistoryTest, WorkGoesWhenItsTimeIsOverWithAllThatHangsOnIt) {
  const domain::Job job = finished_job(3);
  const std::int64_t entries = count("credit_entries");
  house.clock.advance(kKept);
  ASSERT_TRUE(house.sessions.expire());
  EXPECT_EQ(history.forget_old().value(), 0) << "to the millisecond";
  EXPECT_TRUE(is_there(job));
  house.clock.advance(House::kDay + milliseconds(1));
  EXPECT_GT(history.forget_old().value(), 0);
  EXPECT_FALSE(is_there(job));
  for (const char* table : {"jobs", "job_items", "job_events", "sessions", "images", "metadata_versions", "exports"}) {
    EXPECT_EQ(count(table), 0) << table;
  }
  EXPECT_EQ(count("credit_entries"), entries) << "the ledger forgets nothing";
  EXPECT_TRUE(house.ledger.mismatches().value().empty());
  EXPECT_EQ(history.forget_old().value(), 0);
}

TEST_F(HistoryTest, WhatIsAtWorkOrInUseStays) {
  const auto view = house.upload({"a.jpg"});
  const domain::Job waiting = house.start_analyze(view);
  house.clock.advance(kKept + kKept);
  const domain::Job young = finished_job();
  history.forget_old().value();
  EXPECT_TRUE(is_there(waiting)) << "not finished";
  EXPECT_TRUE(is_there(young));
  EXPECT_EQ(count("sessions"), 2);
}

TEST_F(HistoryTest, AnOpenSessionLosesItsOldJobsOnly) {
  const domain::Job job = finished_job();
  house.clock.advance(kKept + milliseconds(1));
  EXPECT_GT(history.forget_old().value(), 0);
  EXPECT_FALSE(is_there(job));
  EXPECT_EQ(count("images"), 1);
}

TEST_F(HistoryTest, NoughtKeepsForEver) {
  const domain::Job job = finished_job();
  house.clock.advance(kKept * 100);
  ASSERT_TRUE(house.sessions.expire());
  EXPECT_EQ(History(store, house.clock, milliseconds(0)).forget_old().value(), 0);
  EXPECT_TRUE(is_there(job));
}

TEST_F(HistoryTest, AStepRemovesNoMoreRowsThanItMayAndTheNextGoesOn) {
  finished_job(20);
  house.clock.advance(kKept + kKept);
  ASSERT_TRUE(house.sessions.expire());
  int gone = 0;
  int steps = 0;
  while (true) {
    const int step = store.forget(house.clock.now() - kKept, 7).value();
    EXPECT_LE(step, 7);
    if (step == 0) {
      break;
    }
    gone += step;
    ++steps;
  }
  EXPECT_EQ(count("jobs") + count("job_items") + count("job_events") + count("images") + count("sessions"), 0);
  EXPECT_GE(gone, 1 + 20 + 20 + 1);
  EXPECT_EQ(steps, (gone + 6) / 7) << "each step does what it may";
}

TEST_F(HistoryTest, OthersWriteMeanwhile) {
  for (int i = 0; i < 20; ++i) {
    finished_job(5);
  }
  house.clock.advance(kKept + kKept);
  ASSERT_TRUE(house.sessions.expire());
  std::thread writing([&] {
    for (int i = 0; i < 20; ++i) {
      finished_job();
    }
  });
  std::thread beside([&] { EXPECT_TRUE(history.forget_old()); });
  EXPECT_TRUE(history.forget_old());
  writing.join();
  beside.join();
  EXPECT_EQ(count("jobs"), 20);
  EXPECT_EQ(count("sessions"), 20);
}

}  // namespace
}  // namespace pictor::service
