#include "jobs/webhook_sender.hpp"

#include <filesystem>
#include <functional>
#include <gtest/gtest.h>
#include <memory>

#include "storage/sqlite/sqlite_webhook_store.hpp"
#include "storage/sqlite/webhook_rows.hpp"

namespace pictor::jobs {
namespace {

using domain::DeliveryStatus;
using domain::HttpPoster;
using std::chrono::steady_clock;

/// Answers by address: `…/200` with 200 and so on, `…/hang` only when stopped or released.
class FakePoster final : public HttpPoster {
 public:
  Result<void> check(const std::string& /*url*/) override { return {}; }

  Result<Answer> post(const Message& message, const std::stop_token& stop) override {
    std::unique_lock lock(mutex_);
    sent_.push_back(message);
    const std::string what = message.url.substr(message.url.rfind('/') + 1);
    const int now = ++under_way_[message.url];
    most_[message.url] = std::max(most_[message.url], now);
    changed_.notify_all();
    if (what == "hang") {
      const std::stop_callback on_stop(stop, [this] {
        const std::scoped_lock inner(stop_mutex_);
        changed_.notify_all();
      });
      while (!stop.stop_requested() && !is_released_) {
        changed_.wait_for(lock, milliseconds(20));
      }
    }
    --under_way_[message.url];
    if (what == "hang") {
      return stop.stop_requested()
                 ? Result<Answer>(fail({ErrorCode::kCancelled, "The server is shutting down."}))
                 : Result<Answer>(fail({ErrorCode::kUrlFetchFailed, "The server of this URL took too long."}));
    }
    return Answer{std::stoi(what), "body of " + what, milliseconds(1), retry_after};
  }

  std::optional<seconds> retry_after;  ///< of every answer; set before use

  void release() {
    const std::scoped_lock lock(mutex_);
    is_released_ = true;
    changed_.notify_all();
  }
  std::vector<Message> sent() {
    const std::scoped_lock lock(mutex_);
    return sent_;
  }
  int most(const std::string& url) {
    const std::scoped_lock lock(mutex_);
    return most_[url];
  }

 private:
  std::mutex mutex_;
  std::mutex stop_mutex_;
  std::condition_variable changed_;
  std::vector<Message> sent_;
  std::map<std::string, int> under_way_;
  std::map<std::string, int> most_;
  bool is_released_ = false;
};

class WebhookSenderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::path(::testing::TempDir()) / (std::string("webhook_sender_") + test->name() + ".sqlite3");
    for (const char* end : {"", "-wal", "-shm"}) {
      std::filesystem::remove(path_.string() + end);
    }
    auto opened = storage::SqliteDatabase::open(path_.string());
    ASSERT_TRUE(opened) << opened.error().private_message;
    database_ = *std::move(opened);
    store_ = std::make_unique<storage::SqliteWebhookStore>(*database_, "pepper");
  }

  domain::WebhookId add(const std::string& path) {
    domain::Webhook webhook;
    webhook.id = domain::WebhookId::make(clock_.now());
    webhook.account = account_;
    webhook.url = "https://example.org/" + path;
    webhook.events = {"job.failed"};
    webhook.created_at = clock_.now();
    EXPECT_TRUE(store_->create(webhook, kSecret));
    return webhook.id;
  }
  void tell(int count) {
    for (int i = 0; i < count; ++i) {
      auto writer = database_->writer();
      storage::Transaction transaction(writer);
      storage::enqueue_event(*writer, account_, "job.failed", "job_1", {{"id", "job_1"}}, clock_.now());
      transaction.commit();
    }
  }
  std::unique_ptr<WebhookSender> start(SenderConfig config = {}) {
    config.poll = milliseconds(10);
    config.jitter = 0;
    auto sender = std::make_unique<WebhookSender>(*store_, poster_, clock_, config);
    EXPECT_TRUE(sender->start());
    return sender;
  }
  std::vector<domain::Delivery> deliveries(const domain::WebhookId& id) {
    std::vector<domain::Delivery> all;
    domain::PageRequest page{100, ""};
    while (true) {
      auto found = store_->deliveries(account_, id, page);
      all.insert(all.end(), found->items.begin(), found->items.end());
      if (!found->next_cursor) {
        return all;
      }
      page.cursor = *found->next_cursor;
    }
  }
  int count(const domain::WebhookId& id, DeliveryStatus status) {
    const auto all = deliveries(id);
    return static_cast<int>(
        std::count_if(all.begin(), all.end(), [&](const domain::Delivery& row) { return row.status == status; }));
  }
  /// True when it becomes true within 20 s.
  static bool comes_true(const std::function<bool()>& condition) {
    const auto until = steady_clock::now() + seconds(20);
    while (!condition()) {
      if (steady_clock::now() > until) {
        return false;
      }
      std::this_thread::sleep_for(milliseconds(5));
    }
    return true;
  }

  static constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  ManualClock clock_;
  domain::AccountId account_ = domain::AccountId::make(clock_.now());
  std::filesystem::path path_;
  std::unique_ptr<storage::SqliteDatabase> database_;
  std::unique_ptr<storage::SqliteWebhookStore> store_;
  FakePoster poster_;
};

TEST_F(WebhookSenderTest, SendsSignedAndRecordsTheAnswer) {
  const auto id = add("200");
  tell(1);
  const auto sender = start();
  ASSERT_TRUE(comes_true([&] { return count(id, DeliveryStatus::kDelivered) == 1; }));
  const HttpPoster::Message sent = poster_.sent().at(0);
  const domain::Delivery row = deliveries(id).at(0);
  const std::map<std::string, std::string> headers(sent.headers.begin(), sent.headers.end());
  EXPECT_EQ(headers.at("webhook-id"), row.event.str());
  EXPECT_EQ(headers.at("webhook-timestamp"), "1700000000");
  EXPECT_EQ(headers.at("webhook-signature"),
            domain::webhook_signature({kSecret}, row.event.str(), 1'700'000'000, sent.body));
  EXPECT_EQ(row.answer->status, 200);
  EXPECT_EQ(row.answer->body, "body of 200");
  EXPECT_EQ(row.attempts, 1);
}

TEST_F(WebhookSenderTest, TriesAgainAtTheConfiguredTimesAndGivesUpAfterTheLast) {
  const auto id = add("500");
  tell(1);
  const auto sender = start({.retries = {milliseconds(0), seconds(5), seconds(300)}});
  ASSERT_TRUE(comes_true([&] { return deliveries(id)[0].answer.has_value(); }));
  EXPECT_EQ(deliveries(id)[0].next_at, clock_.now() + seconds(5));
  clock_.advance(seconds(5));
  ASSERT_TRUE(comes_true([&] { return deliveries(id)[0].attempts == 2 && poster_.sent().size() == 2; }));
  ASSERT_TRUE(comes_true([&] { return deliveries(id)[0].next_at == clock_.now() + seconds(300); }));
  clock_.advance(seconds(300));
  ASSERT_TRUE(comes_true([&] { return count(id, DeliveryStatus::kFailed) == 1; }));
  EXPECT_EQ(deliveries(id)[0].attempts, 3);
  EXPECT_EQ(deliveries(id)[0].answer->problem, "The receiver answered with status 500.");
  EXPECT_EQ(poster_.sent()[0].headers[1], poster_.sent()[2].headers[1]) << "webhook-id stays";
}

TEST_F(WebhookSenderTest, AReceiverIsLeftAloneAsLongAsItAsks) {
  poster_.retry_after = seconds(600);
  const auto limited = add("429");
  const auto busy = add("503");
  const auto broken = add("500");
  tell(1);
  const auto sender = start({.retries = {milliseconds(0), seconds(5), seconds(5)}});
  for (const auto& id : {limited, busy, broken}) {
    ASSERT_TRUE(comes_true([&] { return deliveries(id)[0].answer.has_value(); }));
  }
  EXPECT_EQ(deliveries(limited)[0].next_at, clock_.now() + seconds(600));
  EXPECT_EQ(deliveries(busy)[0].next_at, clock_.now() + seconds(600));
  EXPECT_EQ(deliveries(broken)[0].next_at, clock_.now() + seconds(5)) << "only 429 and 503 may ask";
}

TEST_F(WebhookSenderTest, ARetryAfterShortensNoWaitAndIsAtMostADay) {
  poster_.retry_after = std::chrono::hours(1'000);
  const auto id = add("503");
  tell(1);
  const auto sender = start({.retries = {milliseconds(0), seconds(5), std::chrono::hours(48)}});
  ASSERT_TRUE(comes_true([&] { return deliveries(id)[0].answer.has_value(); }));
  EXPECT_EQ(deliveries(id)[0].next_at, clock_.now() + std::chrono::hours(24));
  clock_.advance(std::chrono::hours(24));
  ASSERT_TRUE(comes_true([&] { return deliveries(id)[0].next_at == clock_.now() + std::chrono::hours(48); }));
}

TEST_F(WebhookSenderTest, TheFirstTryComesAfterTheFirstWait) {
  const auto sender = start({.retries = {seconds(30), seconds(5)}});
  const auto id = add("200");
  tell(1);
  EXPECT_EQ(deliveries(id)[0].next_at, clock_.now() + seconds(30));
  clock_.advance(seconds(29));
  ASSERT_TRUE(store_->send_test(account_, id, clock_.now()));
  ASSERT_TRUE(comes_true([&] { return count(id, DeliveryStatus::kDelivered) == 1; })) << "by hand: at once";
  EXPECT_EQ(poster_.sent().size(), 1U);
  clock_.advance(seconds(1));
  ASSERT_TRUE(comes_true([&] { return count(id, DeliveryStatus::kDelivered) == 2; }));
}

TEST_F(WebhookSenderTest, ARedirectIsAFailureAndGoneDisables) {
  const auto moved = add("301");
  const auto gone = add("410");
  tell(1);
  const auto sender = start({.retries = {milliseconds(0)}});
  ASSERT_TRUE(comes_true(
      [&] { return count(moved, DeliveryStatus::kFailed) == 1 && count(gone, DeliveryStatus::kFailed) == 1; }));
  EXPECT_TRUE(store_->find(account_, moved)->active);
  EXPECT_FALSE(store_->find(account_, gone)->active);
}

TEST_F(WebhookSenderTest, AHangingReceiverDelaysOnlyItself) {
  const auto hanging = add("hang");
  const auto healthy = add("200");
  tell(100);
  const auto sender = start({.threads = 8, .per_endpoint = 4});
  ASSERT_TRUE(comes_true([&] { return count(healthy, DeliveryStatus::kDelivered) == 100; }));
  EXPECT_EQ(count(hanging, DeliveryStatus::kPending), 100);
  EXPECT_EQ(poster_.most("https://example.org/hang"), 1);
  EXPECT_LE(poster_.most("https://example.org/200"), 4);
}

TEST_F(WebhookSenderTest, AnAccountWithManyHangingReceiversDelaysNoOther) {
  for (int i = 0; i < 40; ++i) {
    add("a" + std::to_string(i) + "/hang");
  }
  tell(2);
  const auto sender = start({.threads = 8, .per_endpoint = 4});
  ASSERT_TRUE(comes_true([&] { return poster_.sent().size() == 4; }));
  account_ = domain::AccountId::make(clock_.now());
  const auto healthy = add("200");
  tell(50);
  ASSERT_TRUE(comes_true([&] { return count(healthy, DeliveryStatus::kDelivered) == 50; }));
  EXPECT_EQ(poster_.sent().size(), 54U);
}

TEST_F(WebhookSenderTest, ReceiversThatWaitForTheirNextTryLeaveRoomForNewOnes) {
  for (int i = 0; i < 10; ++i) {
    add("a" + std::to_string(i) + "/hang");
  }
  tell(1);
  poster_.release();
  const auto sender = start({.threads = 8, .retries = {milliseconds(0), std::chrono::hours(1)}});
  ASSERT_TRUE(comes_true([&] { return poster_.sent().size() == 10; }));
  const auto late = add("200");
  tell(1);
  ASSERT_TRUE(comes_true([&] { return count(late, DeliveryStatus::kDelivered) == 1; }));
}

TEST_F(WebhookSenderTest, ASlowReceiverGetsOneAtATimeUntilItIsQuickAgain) {
  const auto hanging = add("hang");
  tell(1);
  const auto sender = start({.threads = 8, .retries = std::vector<milliseconds>(10, milliseconds(0))});
  ASSERT_TRUE(comes_true([&] { return poster_.sent().size() == 1; }));
  poster_.release();
  ASSERT_TRUE(comes_true([&] { return count(hanging, DeliveryStatus::kFailed) == 1; }));
  tell(20);
  ASSERT_TRUE(comes_true([&] { return count(hanging, DeliveryStatus::kFailed) == 21; }));
  EXPECT_EQ(poster_.most("https://example.org/hang"), 1);
}

TEST_F(WebhookSenderTest, StopsQuicklyAndTheTryDoesNotCount) {
  const auto hanging = add("hang");
  tell(10);
  auto sender = start();
  ASSERT_TRUE(comes_true([&] { return poster_.sent().size() == 1; }));
  const auto begun = steady_clock::now();
  sender->stop();
  EXPECT_LT(steady_clock::now() - begun, seconds(5));
  for (const domain::Delivery& row : deliveries(hanging)) {
    EXPECT_EQ(row.status, DeliveryStatus::kPending);
    EXPECT_EQ(row.attempts, 0);
  }
}

TEST_F(WebhookSenderTest, TwoSendersSendEachDeliveryOnce) {
  const auto id = add("200");
  tell(200);
  const auto one = start();
  SenderConfig config;
  config.poll = milliseconds(10);
  storage::SqliteWebhookStore second_store(*database_, "pepper");
  WebhookSender other(second_store, poster_, clock_, config);
  ASSERT_TRUE(other.start());
  ASSERT_TRUE(comes_true([&] { return count(id, DeliveryStatus::kDelivered) == 200; }));
  std::set<std::string> events;
  for (const HttpPoster::Message& message : poster_.sent()) {
    events.insert(message.headers[1].second);
  }
  EXPECT_EQ(events.size(), 200U);
}

TEST(DefaultRetries, AreThoseOfTheContract) {
  const auto retries = default_webhook_retries();
  EXPECT_EQ(retries.size(), 10U);
  EXPECT_EQ(retries.front(), milliseconds(0));
  EXPECT_EQ(retries[1], milliseconds(5'000));
  EXPECT_EQ(retries.back(), milliseconds(86'400'000));
}

}  // namespace
}  // namespace pictor::jobs
