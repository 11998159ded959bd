#include <atomic>
#include <gtest/gtest.h>
#include <set>
#include <thread>
#include <utility>

#include "storage/testing/rows.hpp"

/// What an AccountStore promises (domain/ports/account_store.hpp).
namespace pictor::storage {
namespace {

using domain::Account;
using domain::ApiKey;
using testing::kDay;
using testing::kMinute;
using testing::kNow;

class AccountStoreContract : public ::testing::Test, public testing::StoresTest {
 protected:
  domain::AccountStore& store() { return stores.accounts; }
  Account account() { return {ours, "Us", "us@example.org", "Free", false, kNow}; }
  ApiKey key(const std::string& hash) {
    ApiKey key;
    key.id = domain::KeyId::make(kNow);
    key.account = ours;
    key.name = "shop";
    key.hash = hash;
    key.last_four = "abcd";
    key.scopes = 5;
    key.created_at = kNow;
    return key;
  }
};

TEST_F(AccountStoreContract, FindsAnAccountAndItsKeyByTheKeysHash) {
  ApiKey first = key("hash 1");
  first.expires_at = kNow + kDay;
  testing::must(store().create(account(), first));
  EXPECT_EQ(store().find(ours).value()->email, "us@example.org");
  EXPECT_FALSE(store().find(theirs).value());
  const std::optional<ApiKey> found = store().find_key_by_hash("hash 1").value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, first.id);
  EXPECT_EQ(found->account, ours);
  EXPECT_EQ(found->scopes, 5U);
  EXPECT_TRUE(found->active);
  EXPECT_EQ(found->expires_at, kNow + kDay);
  EXPECT_FALSE(store().find_key_by_hash("hash 2").value());
  EXPECT_FALSE(store().find_key_by_hash("").value());
}

TEST_F(AccountStoreContract, AnAccountNeverStandsWithoutItsFirstKey) {
  testing::must(store().create(account(), key("taken")));
  Account second = account();
  second.id = theirs;
  EXPECT_FALSE(store().create(second, key("taken")));
  EXPECT_FALSE(store().find(theirs).value());
  EXPECT_EQ(store().list().value().size(), 1U);
}

TEST_F(AccountStoreContract, ListsTheKeysOfAnAccount) {
  testing::must(store().create(account(), key("first")));
  testing::must(store().create_key(key("second")));
  const auto keys = store().list_keys(ours).value();
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].hash, "first");
  EXPECT_FALSE(keys[1].expires_at);
  EXPECT_TRUE(store().list_keys(theirs).value().empty());
  ApiKey of_nobody = key("third");
  of_nobody.account = theirs;
  EXPECT_FALSE(store().create_key(of_nobody));
}

TEST_F(AccountStoreContract, ASecretIsMadeOnceAndTheSameForEveryProcess) {
  const std::string secret = store().secret("links").value();
  EXPECT_EQ(secret.size(), 32U);
  EXPECT_EQ(store().secret("links").value(), secret);
  EXPECT_NE(store().secret("other").value(), secret);
  testing::Stores beside(folder.path);
  EXPECT_EQ(beside.accounts.secret("links").value(), secret);
}

TEST_F(AccountStoreContract, TwoProgramsMayWriteAtTheSameTime) {
  testing::must(store().create(account(), key("first")));
  testing::Stores beside(folder.path);
  std::thread other([&] {
    for (int i = 0; i < 20; ++i) {
      testing::must(beside.accounts.create_key(key("beside " + std::to_string(i))));
    }
  });
  for (int i = 0; i < 20; ++i) {
    testing::must(store().create_key(key("here " + std::to_string(i))));
  }
  other.join();
  EXPECT_EQ(store().list_keys(ours).value().size(), 41U);
}

TEST_F(AccountStoreContract, AKeyIsChangedFieldByField) {
  const ApiKey first = key("first");
  testing::must(store().create(account(), first));
  ASSERT_TRUE(store().change_key(ours, first.id,
                                 {.name = "renamed",
                                  .active = false,
                                  .scopes = 1,
                                  .monthly_credit_limit = std::optional<int>(7),
                                  .expires_at = std::optional<Timestamp>(kNow + kDay)},
                                 1, kNow));
  ApiKey found = store().list_keys(ours).value().at(0);
  EXPECT_EQ(found.name, "renamed");
  EXPECT_FALSE(found.active);
  EXPECT_EQ(found.scopes, 1U);
  EXPECT_EQ(found.monthly_credit_limit, 7);
  EXPECT_EQ(found.expires_at, kNow + kDay);
  ASSERT_TRUE(store().change_key(
      ours, first.id, {.monthly_credit_limit = std::optional<int>(), .expires_at = std::optional<Timestamp>()}, 1,
      kNow));
  found = store().list_keys(ours).value().at(0);
  EXPECT_EQ(found.name, "renamed");
  EXPECT_FALSE(found.monthly_credit_limit);
  EXPECT_FALSE(found.expires_at);
  EXPECT_EQ(store().change_key(theirs, first.id, {.name = "stolen"}, 1, kNow).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store().remove_key(theirs, first.id).error().code, ErrorCode::kNotFound);
  testing::must(store().remove_key(ours, first.id));
  EXPECT_TRUE(store().list_keys(ours).value().empty());
  EXPECT_EQ(store().remove_key(ours, first.id).error().code, ErrorCode::kNotFound);
}

TEST_F(AccountStoreContract, OnlyKeysThatWorkCountAgainstThePlan) {
  const ApiKey first = key("first");
  testing::must(store().create(account(), first));
  EXPECT_EQ(store().create_key_within(key("second"), 1, kNow).error().code, ErrorCode::kKeyLimitReached);
  ASSERT_TRUE(store().change_key(ours, first.id, {.active = false}, 1, kNow));
  EXPECT_EQ(store().count_usable_keys(ours, kNow).value(), 0);
  ApiKey second = key("second");
  second.expires_at = kNow + kDay;
  testing::must(store().create_key_within(second, 1, kNow));
  EXPECT_EQ(store().change_key(ours, first.id, {.active = true}, 1, kNow).error().code, ErrorCode::kKeyLimitReached);
  EXPECT_TRUE(store().change_key(ours, first.id, {.active = true}, 1, kNow + kDay));
}

TEST_F(AccountStoreContract, OfManyWhoTakeTheLastPlaceOneGetsIt) {
  testing::must(store().create(account(), key("first")));
  std::atomic<int> made{0};
  std::vector<std::jthread> crew;
  for (int i = 0; i < 8; ++i) {
    crew.emplace_back([&, i] { made += store().create_key_within(key("k" + std::to_string(i)), 2, kNow) ? 1 : 0; });
  }
  crew.clear();
  EXPECT_EQ(made, 1);
  EXPECT_EQ(store().count_usable_keys(ours, kNow).value(), 2);
}

TEST_F(AccountStoreContract, ARotatedKeyEndsAfterTheOverlapAndItsSpendingGoesOn) {
  const ApiKey first = key("first");
  testing::must(store().create(account(), first));
  stores.ledger.add(ours, domain::EntryType::kGrant, 10, "", "a present", "", kNow).value();
  domain::Charge charge;
  charge.account = ours;
  charge.key = first.id;
  charge.key_limit = 5;
  charge.credits = 4;
  ASSERT_TRUE(stores.ledger.hold(charge, std::nullopt, kNow));
  const ApiKey successor = key("second");
  testing::must(store().rotate_key(ours, first.id, successor, kNow + kMinute, 1, kNow));
  EXPECT_EQ(store().find_key_by_hash("first").value()->expires_at, kNow + kMinute);
  EXPECT_FALSE(store().find_key_by_hash("second").value()->expires_at);
  charge.key = successor.id;
  charge.credits = 2;
  EXPECT_EQ(stores.ledger.hold(charge, std::nullopt, kNow).error().code, ErrorCode::kKeyLimitExceeded);
  // While both work there may be twice as many; not more.
  EXPECT_EQ(store().rotate_key(ours, successor.id, key("third"), kNow + kMinute, 1, kNow).error().code,
            ErrorCode::kKeyLimitReached);
  EXPECT_EQ(store().rotate_key(theirs, first.id, key("stolen"), kNow, 9, kNow).error().code, ErrorCode::kNotFound);
}

TEST_F(AccountStoreContract, AnAccountsPlanAndStateAreChanged) {
  testing::must(store().create(account(), key("first")));
  EXPECT_EQ(store().change(ours, {.plan = "Pro"}).value().plan, "Pro");
  EXPECT_TRUE(store().change(ours, {.suspended = true}).value().suspended);
  EXPECT_EQ(store().find(ours).value()->plan, "Pro");
  EXPECT_EQ(store().change(theirs, {.plan = "Pro"}).error().code, ErrorCode::kNotFound);
}

TEST_F(AccountStoreContract, TheVersionGrowsWithEveryChangeOfAnyProcessAndWithNothingElse) {
  const ApiKey first = key("first");
  testing::must(store().create(account(), first));
  std::int64_t version = store().version().value();
  const auto grew = [&] {
    const std::int64_t before = std::exchange(version, store().version().value());
    return version > before;
  };
  open_session(ours, {"fox.jpg"});
  testing::must(store().mark_used({{first.id, kNow}}));
  stores.ledger.add(ours, domain::EntryType::kGrant, 10, "", "a present", "", kNow).value();
  EXPECT_FALSE(grew());
  ASSERT_TRUE(store().change_key(ours, first.id, {.active = false}, 1, kNow));
  EXPECT_TRUE(grew());
  testing::Stores beside(folder.path);
  ASSERT_TRUE(beside.accounts.change(ours, {.suspended = true}));
  EXPECT_TRUE(grew());
  testing::must(beside.accounts.remove_key(ours, first.id));
  EXPECT_TRUE(grew());
  EXPECT_FALSE(grew());
}

TEST_F(AccountStoreContract, WhenAKeyWasUsedLastIsNeverSetBack) {
  const ApiKey first = key("first");
  testing::must(store().create(account(), first));
  EXPECT_FALSE(store().list_keys(ours).value().at(0).last_used_at);
  testing::must(store().mark_used({{first.id, kNow + kMinute}}));
  testing::must(store().mark_used({{first.id, kNow}}));
  EXPECT_EQ(store().list_keys(ours).value().at(0).last_used_at, kNow + kMinute);
}

/// Rows of a table that name the account.
std::int64_t rows_of(SqliteDatabase& database, const std::string& table, const domain::AccountId& account) {
  const std::string sql = "SELECT count(*) FROM " + table + " WHERE account = '" + account.str() + "'";
  const auto connection = database.own_reader();
  Statement row = connection->prepare(sql);
  row.step();
  return row.integer(0);
}

TEST_F(AccountStoreContract, ARemovedAccountLeavesAmountsWithoutNamesAndDoomsItsFiles) {
  const ApiKey first = key("first");
  testing::must(store().create(account(), first));
  Account other = account();
  other.id = theirs;
  ApiKey others_key = key("other");
  others_key.account = theirs;
  testing::must(store().create(other, others_key));
  std::vector<domain::Image> images;
  const domain::Session session = open_session(ours, {"a.jpg", "b.jpg"}, &images);
  open_session(theirs, {"c.jpg"});
  stores.ledger.add(ours, domain::EntryType::kGrant, 10, "", "for Ada", "", kNow).value();
  ASSERT_TRUE(stores.jobs.create(testing::job_of(session, images), std::nullopt, {}));
  domain::Charge charge;
  charge.account = ours;
  charge.key = first.id;
  charge.credits = 4;
  ASSERT_TRUE(stores.ledger.hold(charge, std::nullopt, kNow));
  testing::must(stores.ledger.count_usage(ours, {"2023-11-14", first.id.str(), "export", 2, 2, 10, 5}));
  testing::must(stores.ledger.count_usage(ours, {"2023-11-14", "key_other", "export", 1, 1, 10, 5}));

  testing::must(store().remove(ours, kNow));

  EXPECT_FALSE(store().find(ours).value());
  EXPECT_FALSE(store().find_key_by_hash("first").value());
  for (const char* table : {"sessions", "images", "exports", "jobs", "api_keys", "webhooks", "deliveries",
                            "idempotent_requests", "credit_holds"}) {
    EXPECT_EQ(rows_of(*stores.database, table, ours), 0) << table;
  }
  EXPECT_EQ(rows_of(*stores.database, "sessions", theirs), 1);
  std::int64_t sum = 0;
  const auto entries = stores.ledger.entries(ours, {100, ""}).value();
  for (const domain::CreditEntry& entry : entries.items) {
    sum += entry.amount;
    EXPECT_EQ(entry.key_id + entry.reason, "");
  }
  EXPECT_EQ(sum, 10);
  EXPECT_TRUE(stores.ledger.mismatches().value().empty());
  const auto usage = stores.ledger.usage(ours, "", "").value();
  ASSERT_EQ(usage.size(), 1U);
  EXPECT_EQ(usage[0].key_id, "");
  EXPECT_EQ(usage[0].images, 3);
  const std::vector<domain::BlobId> doomed = store().doomed_blobs(100).value();
  EXPECT_EQ(std::set<domain::BlobId>(doomed.begin(), doomed.end()),
            (std::set<domain::BlobId>{images[0].blob, images[0].thumbnail, images[1].blob, images[1].thumbnail}));
  testing::must(store().forget_doomed(doomed));
  EXPECT_TRUE(store().doomed_blobs(100).value().empty());
  EXPECT_EQ(store().remove(ours, kNow).error().code, ErrorCode::kNotFound);
}

TEST_F(AccountStoreContract, TheExportTellsEverySectionInPiecesAndNoSecret) {
  testing::must(store().create(account(), key("a very secret hash")));
  std::vector<domain::Image> images;
  const domain::Session session = open_session(ours, {"a.jpg", "b.jpg", "c.jpg"}, &images);
  stores.ledger.add(ours, domain::EntryType::kGrant, 10, "", "", "", kNow).value();
  ASSERT_TRUE(stores.jobs.create(testing::job_of(session, images), std::nullopt, {}));
  open_session(theirs, {"theirs.jpg"});
  std::string all;
  for (const std::string& section : store().export_sections()) {
    const auto rows = store().export_rows(ours, section, 0, 100);
    ASSERT_TRUE(rows) << section << rows.error().private_message;
    EXPECT_TRUE(rows->is_last);
    for (const std::string& row : rows->rows) {
      EXPECT_TRUE(parse_json(row)) << row;
      all += row;
    }
  }
  EXPECT_NE(all.find("b.jpg"), std::string::npos);
  EXPECT_NE(all.find(session.id.str()), std::string::npos);
  EXPECT_EQ(all.find("secret"), std::string::npos);
  EXPECT_EQ(all.find("theirs.jpg"), std::string::npos);
  const auto piece = store().export_rows(ours, "images", 1, 1).value();
  EXPECT_EQ(piece.rows.size(), 1U);
  EXPECT_FALSE(piece.is_last);
  EXPECT_NE(piece.rows[0].find("b.jpg"), std::string::npos);
  EXPECT_EQ(store().export_rows(ours, "passwords", 0, 1).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace pictor::storage
