#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <set>

#include "storage/sqlite/sqlite_account_store.hpp"
#include "storage/sqlite/sqlite_webhook_store.hpp"
#include "storage/sqlite/webhook_rows.hpp"

namespace pictor::storage {
namespace {

using domain::DeliveryStatus;
using domain::DueDelivery;
using domain::Webhook;
using domain::WebhookId;

constexpr Timestamp kNow{milliseconds(1'700'000'000'000)};
constexpr milliseconds kLease{60'000};

class WebhookStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::path(::testing::TempDir()) / (std::string("webhook_store_") + test->name() + ".sqlite3");
    for (const char* end : {"", "-wal", "-shm"}) {
      std::filesystem::remove(path_.string() + end);
    }
    auto opened = SqliteDatabase::open(path_.string());
    ASSERT_TRUE(opened) << opened.error().private_message;
    database_ = *std::move(opened);
    store_ = std::make_unique<SqliteWebhookStore>(*database_, "pepper");
  }

  Webhook make_webhook(const std::string& secret = "whsec_AAAA") {
    Webhook webhook;
    webhook.id = WebhookId::make(kNow);
    webhook.account = account_;
    webhook.url = "https://example.org/hook";
    webhook.events = {"job.failed"};
    webhook.created_at = kNow;
    EXPECT_TRUE(store_->create(webhook, secret));
    return webhook;
  }
  void tell(const std::string& subject, Timestamp at = kNow) {
    auto writer = database_->writer();
    Transaction transaction(writer);
    enqueue_event(*writer, account_, "job.failed", subject, {{"id", subject}}, at);
    transaction.commit();
  }
  std::vector<DueDelivery> lease(Timestamp at = kNow, int limit = 100, int room = 100) {
    auto taken = store_->lease_due(at, kLease, limit, [room](const std::string&) { return room; });
    EXPECT_TRUE(taken) << taken.error().private_message;
    return taken.value_or(std::vector<DueDelivery>());
  }
  domain::Delivery newest(const WebhookId& id) { return store_->deliveries(account_, id, {})->items.at(0); }

  domain::AccountId account_ = domain::AccountId::make(kNow);
  std::filesystem::path path_;
  std::unique_ptr<SqliteDatabase> database_;
  std::unique_ptr<SqliteWebhookStore> store_;
};

TEST_F(WebhookStoreTest, KeepsChangesListsAndRemoves) {
  const Webhook webhook = make_webhook();
  EXPECT_EQ(store_->find(account_, webhook.id)->url, webhook.url);
  const auto changed =
      store_->update(account_, webhook.id, {.url = "https://example.org/new", .description = "mine"}, kNow);
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->events, webhook.events);
  EXPECT_EQ(store_->find(account_, webhook.id)->description, "mine");
  EXPECT_EQ(store_->list(account_, {})->items.size(), 1U);
  EXPECT_TRUE(store_->remove(account_, webhook.id));
  EXPECT_EQ(store_->find(account_, webhook.id).error().code, ErrorCode::kNotFound);
}

TEST_F(WebhookStoreTest, AnotherAccountsWebhookIsNotFound) {
  const Webhook webhook = make_webhook();
  tell("job_1");
  const domain::AccountId other = domain::AccountId::make(kNow);
  const domain::DeliveryId delivery = newest(webhook.id).id;
  EXPECT_EQ(store_->find(other, webhook.id).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->update(other, webhook.id, {.active = false}, kNow).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->remove(other, webhook.id).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->rotate(other, webhook.id, "whsec_BBBB", kNow).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->deliveries(other, webhook.id, {}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->send_test(other, webhook.id, kNow).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->redeliver(other, webhook.id, delivery, kNow).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(store_->list(other, {})->items.empty());
}

TEST_F(WebhookStoreTest, HasALimitOfWebhooks) {
  for (int i = 0; i < domain::kMaxWebhooks; ++i) {
    make_webhook();
  }
  Webhook one_more;
  one_more.id = WebhookId::make(kNow);
  one_more.account = account_;
  EXPECT_EQ(store_->create(one_more, "whsec_AAAA").error().code, ErrorCode::kInvalidField);
}

TEST_F(WebhookStoreTest, SecretsStandEncryptedInTheFile) {
  const Webhook webhook = make_webhook("whsec_c2VjcmV0");
  auto reader = database_->reader();
  Statement row = reader->prepare("SELECT secret FROM webhooks");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.text(0).find("c2VjcmV0"), std::string::npos);
  tell("job_1");
  EXPECT_EQ(lease().at(0).secrets, std::vector<std::string>{"whsec_c2VjcmV0"});
}

TEST_F(WebhookStoreTest, TwoSecretsSignUntilTheOverlapEnds) {
  const Webhook webhook = make_webhook("whsec_AAAA");
  ASSERT_TRUE(store_->rotate(account_, webhook.id, "whsec_BBBB", kNow + milliseconds(1'000)));
  tell("job_1");
  EXPECT_EQ(lease().at(0).secrets, (std::vector<std::string>{"whsec_BBBB", "whsec_AAAA"}));
  tell("job_2");
  EXPECT_EQ(lease(kNow + milliseconds(1'000)).at(0).secrets, std::vector<std::string>{"whsec_BBBB"});
}

TEST_F(WebhookStoreTest, ADeliveryIsLeasedOnceAndAgainWhenTheLeaseEnds) {
  make_webhook();
  tell("job_1");
  const auto first = lease();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].attempt, 1);
  EXPECT_TRUE(lease().empty());
  SqliteWebhookStore other_process(*database_, "pepper");
  EXPECT_TRUE(other_process.lease_due(kNow, kLease, 10, [](const std::string&) { return 10; })->empty());
  const auto second = lease(kNow + kLease);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].attempt, 2);
  // The first holder comes back from the dead: it changes nothing.
  ASSERT_TRUE(store_->record(first[0], {.answer = {.status = 200}, .status = DeliveryStatus::kDelivered}, kNow));
  EXPECT_EQ(newest(second[0].webhook).status, DeliveryStatus::kPending);
}

TEST_F(WebhookStoreTest, ARetryIsDueAtItsTimeAndTheAnswerIsKept) {
  const Webhook webhook = make_webhook();
  tell("job_1");
  const auto due = lease();
  ASSERT_TRUE(store_->record(due.at(0),
                             {.answer = {500, milliseconds(12), std::string(3'000, 'x'), "status 500"},
                              .status = DeliveryStatus::kPending,
                              .next_at = kNow + milliseconds(5'000)},
                             kNow));
  const domain::Delivery kept = newest(webhook.id);
  EXPECT_EQ(kept.status, DeliveryStatus::kPending);
  EXPECT_EQ(kept.answer->status, 500);
  EXPECT_EQ(kept.answer->took, milliseconds(12));
  EXPECT_EQ(kept.answer->body.size(), 1'024U);
  EXPECT_EQ(kept.answer->problem, "status 500");
  EXPECT_TRUE(lease(kNow + milliseconds(4'999)).empty());
  EXPECT_EQ(lease(kNow + milliseconds(5'000)).at(0).attempt, 2);
}

TEST_F(WebhookStoreTest, GivenBackOrReleasedTriesDoNotCount) {
  make_webhook();
  tell("job_1");
  ASSERT_TRUE(store_->give_back(lease().at(0)));
  EXPECT_EQ(lease().at(0).attempt, 1);
  EXPECT_EQ(*store_->release_leases(), 1);
  EXPECT_EQ(lease().at(0).attempt, 1);
}

TEST_F(WebhookStoreTest, EndpointsTakeTurnsAndRoomIsKept) {
  std::set<std::string> all;
  for (int i = 0; i < 3; ++i) {
    all.insert(account_.str() + " " + make_webhook().id.str());
  }
  for (int i = 0; i < 5; ++i) {
    tell("job_" + std::to_string(i));
  }
  std::set<std::string> seen;
  for (const DueDelivery& due : lease(kNow, 6, 2)) {
    seen.insert(due.endpoint);
  }
  EXPECT_EQ(seen, all);
  // One a look: three looks serve three endpoints.
  seen.clear();
  for (int i = 0; i < 3; ++i) {
    for (const DueDelivery& due : lease(kNow, 1, 1)) {
      seen.insert(due.endpoint);
    }
  }
  EXPECT_EQ(seen, all);
}

TEST_F(WebhookStoreTest, GoneDisablesTheWebhookAndCancelsWhatWaits) {
  const Webhook webhook = make_webhook();
  tell("job_1");
  tell("job_2");
  const auto due = lease(kNow, 1);
  ASSERT_TRUE(store_->record(due.at(0),
                             {.answer = {.status = 410}, .status = DeliveryStatus::kFailed, .disables = true}, kNow));
  const auto found = store_->find(account_, webhook.id);
  EXPECT_FALSE(found->active);
  EXPECT_EQ(found->disabled_reason, "gone");
  EXPECT_EQ(newest(webhook.id).status, DeliveryStatus::kCancelled);
  tell("job_3");
  EXPECT_TRUE(lease(kNow + milliseconds(1'000'000)).empty());
  EXPECT_EQ(store_->send_test(account_, webhook.id, kNow).error().code, ErrorCode::kInvalidField);
  EXPECT_EQ(store_->update(account_, webhook.id, {.active = true}, kNow)->disabled_reason, "");
  EXPECT_TRUE(store_->send_test(account_, webhook.id, kNow));
}

TEST_F(WebhookStoreTest, RedeliveryIsTheSameEventInANewDelivery) {
  const Webhook webhook = make_webhook();
  tell("job_1");
  const auto first = lease();
  ASSERT_TRUE(store_->record(first.at(0), {.answer = {.status = 200}}, kNow));
  EXPECT_EQ(newest(webhook.id).status, DeliveryStatus::kDelivered);
  const auto again = store_->redeliver(account_, webhook.id, first[0].id, kNow);
  ASSERT_TRUE(again);
  EXPECT_NE(again->id, first[0].id);
  EXPECT_EQ(again->event, first[0].event);
  EXPECT_EQ(again->status, DeliveryStatus::kPending);
  EXPECT_EQ(lease().at(0).payload, first[0].payload);
  EXPECT_EQ(store_->redeliver(account_, webhook.id, domain::DeliveryId::make(kNow), kNow).error().code,
            ErrorCode::kNotFound);
}

TEST_F(WebhookStoreTest, ACallbackIsSignedWithTheAccountsSecret) {
  SqliteAccountStore accounts(*database_);
  domain::ApiKey key;
  key.id = domain::KeyId::make(kNow);
  key.account = account_;
  key.hash = "h";
  ASSERT_TRUE(accounts.create({account_, "A", "a@example.org", "Free", false, kNow}, key));
  const auto call_back = [&] {
    auto writer = database_->writer();
    Transaction transaction(writer);
    enqueue_callback(*writer, account_, "https://example.org/done", "job.failed", "job_1", {}, kNow);
    transaction.commit();
  };
  call_back();
  const auto before = lease();
  ASSERT_EQ(before.at(0).secrets.size(), 1U);
  EXPECT_TRUE(before[0].secrets[0].starts_with("whsec_"));
  EXPECT_TRUE(before[0].webhook.empty());
  const std::string first = before[0].secrets[0];
  const Timestamp until = kNow + milliseconds(1'000);
  ASSERT_TRUE(store_->set_signing_secret(account_, "whsec_CCCC", until));
  call_back();
  EXPECT_EQ(lease().at(0).secrets, (std::vector<std::string>{"whsec_CCCC", first})) << "newest first";
  call_back();
  EXPECT_EQ(lease(until).at(0).secrets, std::vector<std::string>{"whsec_CCCC"}) << "the overlap is over";
  ASSERT_TRUE(store_->set_signing_secret(account_, "whsec_DDDD", until));
  call_back();
  EXPECT_EQ(lease().at(0).secrets, (std::vector<std::string>{"whsec_DDDD", "whsec_CCCC"})) << "never three";
  EXPECT_EQ(store_->set_signing_secret(domain::AccountId::make(kNow), "whsec_CCCC", until).error().code,
            ErrorCode::kNotFound);
}

TEST_F(WebhookStoreTest, ACallbackIsADeliveryOfItsJobAndIsSentAgain) {
  const domain::JobId job = domain::JobId::make(kNow);
  {
    auto writer = database_->writer();
    Transaction transaction(writer);
    enqueue_callback(*writer, account_, "https://example.org/done", "export.completed", job.str(), {}, kNow);
    transaction.commit();
  }
  ASSERT_TRUE(store_->record(lease().at(0), {.answer = {.status = 200, .body = "thanks"}}, kNow));
  const domain::Delivery first = store_->callback_deliveries(account_, job, {})->items.at(0);
  EXPECT_EQ(first.status, DeliveryStatus::kDelivered);
  EXPECT_EQ(first.answer->body, "thanks");
  const auto again = store_->redeliver_callback(account_, job, kNow);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->event, first.event);
  EXPECT_EQ(again->url, first.url);
  EXPECT_EQ(again->status, DeliveryStatus::kPending);
  EXPECT_EQ(store_->callback_deliveries(account_, job, {})->items.size(), 2U);
  const domain::AccountId other = domain::AccountId::make(kNow);
  EXPECT_TRUE(store_->callback_deliveries(other, job, {})->items.empty());
  EXPECT_EQ(store_->redeliver_callback(other, job, kNow).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->redeliver_callback(account_, domain::JobId::make(kNow), kNow).error().code, ErrorCode::kNotFound);
}

TEST_F(WebhookStoreTest, TheFirstTryWaitsAsConfiguredButNotWhatIsSentByHand) {
  const Webhook webhook = make_webhook();
  ASSERT_TRUE(store_->set_first_wait(milliseconds(5'000)));
  tell("job_1");
  EXPECT_EQ(newest(webhook.id).next_at, kNow + milliseconds(5'000));
  EXPECT_TRUE(lease(kNow + milliseconds(4'999)).empty());
  ASSERT_EQ(lease(kNow + milliseconds(5'000)).size(), 1U);
  EXPECT_EQ(store_->redeliver(account_, webhook.id, newest(webhook.id).id, kNow)->next_at, kNow);
  EXPECT_EQ(store_->send_test(account_, webhook.id, kNow)->next_at, kNow);
}

TEST_F(WebhookStoreTest, ForgetsWhatEndedAndWhatIsGone) {
  const Webhook webhook = make_webhook();
  tell("job_1");
  tell("job_2");
  ASSERT_TRUE(store_->record(lease(kNow, 1).at(0), {.answer = {.status = 200}}, kNow));
  EXPECT_EQ(*store_->forget(kNow), 0);
  EXPECT_EQ(*store_->forget(kNow + milliseconds(1)), 1);
  EXPECT_EQ(store_->deliveries(account_, webhook.id, {})->items.size(), 1U);
  auto reader = database_->reader();
  Statement row = reader->prepare("SELECT count(*) FROM subject_versions");
  row.step();
  EXPECT_EQ(row.integer(0), 0);
}

TEST_F(WebhookStoreTest, DeliveriesPage) {
  const Webhook webhook = make_webhook();
  for (int i = 0; i < 5; ++i) {
    tell("job_" + std::to_string(i));
  }
  std::set<std::string> seen;
  std::string cursor;
  int pages = 0;
  do {
    const auto page = store_->deliveries(account_, webhook.id, {.limit = 2, .cursor = cursor});
    ASSERT_TRUE(page);
    for (const domain::Delivery& delivery : page->items) {
      EXPECT_TRUE(seen.insert(delivery.id.str()).second);
    }
    cursor = page->next_cursor.value_or("");
    ++pages;
  } while (!cursor.empty());
  EXPECT_EQ(seen.size(), 5U);
  EXPECT_EQ(pages, 3);
}

}  // namespace
}  // namespace pictor::storage
