#include <gtest/gtest.h>
#include <set>
#include <thread>

#include "storage/testing/rows.hpp"

/// What an AccountStore promises (domain/ports/account_store.hpp).
namespace pictor::storage {
namespace {

using domain::Account;
using domain::ApiKey;
using testing::kDay;
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

}  // namespace
}  // namespace pictor::storage
