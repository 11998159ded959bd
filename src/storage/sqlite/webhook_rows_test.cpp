#include "storage/sqlite/webhook_rows.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <vector>

#include "storage/sqlite/database.hpp"
#include "storage/sqlite/sqlite_session_store.hpp"
#include "storage/testing/rows.hpp"

namespace pictor::storage {
namespace {

constexpr Timestamp kNow{milliseconds(1'700'000'000'000)};

class WebhookRowsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::path(::testing::TempDir()) / (std::string("webhook_rows_") + test->name() + ".sqlite3");
    std::filesystem::remove(path_);
    auto opened = SqliteDatabase::open(path_.string());
    ASSERT_TRUE(opened) << opened.error().private_message;
    database_ = *std::move(opened);
  }

  void add_webhook(const std::string& id, const std::string& events, bool active = true) {
    auto writer = database_->writer();
    writer
        ->prepare(
            "INSERT INTO webhooks (id, account, url, description, events, active, secret, created_at) "
            "VALUES (?, ?, 'https://example.org/hook', '', ?, ?, '', 0)")
        .bind(id)
        .bind(account_.str())
        .bind(events)
        .bind(active)
        .run();
  }

  struct Row {
    std::string webhook, endpoint, type, status, event;
    Json payload;
  };
  std::vector<Row> deliveries() {
    auto reader = database_->reader();
    Statement row =
        reader->prepare("SELECT webhook, endpoint, type, status, event, payload FROM deliveries ORDER BY id");
    std::vector<Row> rows;
    while (row.step()) {
      rows.push_back({row.text(0), row.text(1), row.text(2), row.text(3), row.text(4), Json::parse(row.text(5))});
    }
    return rows;
  }

  domain::AccountId account_ = domain::AccountId::make(kNow);
  std::filesystem::path path_;
  std::unique_ptr<SqliteDatabase> database_;
};

TEST_F(WebhookRowsTest, AnEventGoesToEachActiveWebhookThatWantsIt) {
  add_webhook("whk_a", R"(["analyze.completed","export.completed"])");
  add_webhook("whk_b", R"(["export.completed"])");
  add_webhook("whk_c", R"(["job.failed"])");
  add_webhook("whk_d", R"(["export.completed"])", false);
  auto writer = database_->writer();
  enqueue_event(*writer, account_, "export.completed", "job_1", {{"id", "job_1"}}, kNow);
  const std::vector<Row> rows = deliveries();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].webhook, "whk_a");
  EXPECT_EQ(rows[1].webhook, "whk_b");
  EXPECT_EQ(rows[0].event, rows[1].event);
  EXPECT_TRUE(rows[0].event.starts_with("evt_"));
  EXPECT_EQ(rows[0].status, "pending");
  EXPECT_EQ(dump_json(rows[0].payload),
            R"({"type":"export.completed","timestamp":"2023-11-14T22:13:20.000Z","version":1,"data":{"id":"job_1"}})");
}

TEST_F(WebhookRowsTest, VersionsCountBySubject) {
  add_webhook("whk_a", R"(["session.expired"])");
  auto writer = database_->writer();
  enqueue_event(*writer, account_, "session.expired", "one", {}, kNow);
  enqueue_event(*writer, account_, "session.expired", "other", {}, kNow);
  enqueue_event(*writer, account_, "session.expired", "one", {}, kNow);
  const std::vector<Row> rows = deliveries();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].payload["version"], 1);
  EXPECT_EQ(rows[1].payload["version"], 1);
  EXPECT_EQ(rows[2].payload["version"], 2);
}

TEST_F(WebhookRowsTest, WhatIsRolledBackIsNotSent) {
  add_webhook("whk_a", R"(["session.expired"])");
  auto writer = database_->writer();
  {
    const Transaction transaction(writer);
    enqueue_event(*writer, account_, "session.expired", "one", {}, kNow);
  }
  EXPECT_TRUE(deliveries().empty());
}

TEST_F(WebhookRowsTest, ACallbackGoesToItsOwnAddressKeptApartByItsOrigin) {
  auto writer = database_->writer();
  enqueue_callback(*writer, account_, "", "job.failed", "job_1", {}, kNow);
  enqueue_callback(*writer, account_, "https://example.org:8443/done?x=1", "job.failed", "job_1", {}, kNow);
  const std::vector<Row> rows = deliveries();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].webhook, "");
  EXPECT_EQ(rows[0].endpoint, account_.str() + " https://example.org:8443");
}

TEST_F(WebhookRowsTest, AnExpiredSessionIsToldOnce) {
  add_webhook("whk_a", R"(["session.expired"])");
  SqliteSessionStore sessions(*database_);
  SqliteAccountStore accounts(*database_);
  testing::make_account(accounts, account_);
  const domain::Session session{domain::SessionId::make(kNow), account_, domain::SessionStatus::kOpen, kNow,
                                kNow + milliseconds(10)};
  ASSERT_TRUE(sessions.create(session, {}));
  ASSERT_TRUE(sessions.expire(kNow + milliseconds(20)));
  ASSERT_TRUE(sessions.expire(kNow + milliseconds(30)));
  const std::vector<Row> rows = deliveries();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].type, "session.expired");
  EXPECT_EQ(rows[0].payload["data"]["sessionId"], session.id.str());
}

}  // namespace
}  // namespace pictor::storage
