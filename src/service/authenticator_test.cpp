#include "service/authenticator.hpp"

#include <gtest/gtest.h>

#include "service/testing/fakes.hpp"

namespace pictor::service {
namespace {

using testing::House;

TEST(Authenticator, KnowsTheKeyThatWasMade) {
  const House house;
  const Result<domain::Principal> who = house.authenticator.authenticate(house.key_text);
  ASSERT_TRUE(who);
  EXPECT_EQ(who->account, house.who.account);
  EXPECT_EQ(who->scopes, domain::kAllScopes);
}

TEST(Authenticator, RefusesTypingErrorsAndKeysOfElsewhereAlike) {
  const House house;
  std::string wrong = house.key_text;
  wrong[5] = wrong[5] == 'a' ? 'b' : 'a';
  EXPECT_EQ(house.authenticator.authenticate(wrong).error().code, ErrorCode::kInvalidApiKey);
  EXPECT_EQ(house.authenticator.authenticate("").error().code, ErrorCode::kInvalidApiKey);
  EXPECT_EQ(house.authenticator.authenticate(domain::new_api_key()).error().code, ErrorCode::kInvalidApiKey);
  const Authenticator other_pepper(const_cast<storage::SqliteAccountStore&>(house.accounts), house.clock,
                                   std::string(32, 'q'));
  EXPECT_EQ(other_pepper.authenticate(house.key_text).error().code, ErrorCode::kInvalidApiKey);
}

domain::ApiKey key_of(const House& house, const std::string& text) {
  domain::ApiKey key;
  key.id = domain::KeyId::make(house.clock.now());
  key.account = house.who.account;
  key.name = "second";
  key.hash = domain::hash_api_key(text, house.pepper);
  key.last_four = text.substr(text.size() - 4);
  key.created_at = house.clock.now();
  return key;
}

TEST(Authenticator, AKeyEndsAtItsTime) {
  House house;
  const std::string text = domain::new_api_key();
  domain::ApiKey key = key_of(house, text);
  key.expires_at = house.clock.now() + seconds(10);
  ASSERT_TRUE(house.accounts.create_key(key));
  EXPECT_TRUE(house.authenticator.authenticate(text));
  house.clock.advance(seconds(10));
  EXPECT_EQ(house.authenticator.authenticate(text).error().code, ErrorCode::kKeyExpired);
}

TEST(Authenticator, AKeyThatIsSwitchedOffIsNamedSo) {
  House house;
  const std::string text = domain::new_api_key();
  domain::ApiKey key = key_of(house, text);
  key.active = false;
  ASSERT_TRUE(house.accounts.create_key(key));
  EXPECT_EQ(house.authenticator.authenticate(text).error().code, ErrorCode::kKeyInactive);
}

TEST(Authenticator, ASuspendedAccountsKeyIsRefused) {
  House house;
  domain::Account account{domain::AccountId::make(house.clock.now()), "S", "s@example.org", "Free", true, {}};
  const std::string text = domain::new_api_key();
  domain::ApiKey key = key_of(house, text);
  key.account = account.id;
  ASSERT_TRUE(house.accounts.create(account, key));
  EXPECT_EQ(house.authenticator.authenticate(text).error().code, ErrorCode::kAccountSuspended);
}

TEST(AccountRegistry, NamesTheFieldThatIsWrong) {
  House house;
  const auto pointer = [](const Result<AccountRegistry::Created>& made) { return made.error().fields.at(0).pointer; };
  EXPECT_EQ(pointer(house.registry.create_account("", "a@example.org", "Free")), "/name");
  EXPECT_EQ(pointer(house.registry.create_account("A", "a.example.org", "Free")), "/email");
  EXPECT_EQ(pointer(house.registry.create_account("A", "a@b@example.org", "Free")), "/email");
  EXPECT_EQ(pointer(house.registry.create_account("A", "a@example.org", "Gold")), "/plan");
}

TEST(AccountRegistry, AKeyWithoutAnAccountNamedGoesToTheOldest) {
  House house;
  ASSERT_FALSE(house.stranger().account.empty());
  const auto made = house.registry.create_key("", {.name = "ci"});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->account.id, house.who.account);
  EXPECT_TRUE(house.authenticator.authenticate(made->key_text));
  EXPECT_EQ(house.registry.create_key("acc_nobody", {.name = "ci", .scopes = 1}).error().code, ErrorCode::kNotFound);
}

TEST(Authenticator, TellsThePlanAndTheKeysLimit) {
  House house;
  const std::string text = domain::new_api_key();
  domain::ApiKey key = key_of(house, text);
  key.monthly_credit_limit = 500;
  ASSERT_TRUE(house.accounts.create_key(key));
  const auto who = house.authenticator.authenticate(text);
  ASSERT_TRUE(who);
  EXPECT_EQ(who->plan, "Free");
  EXPECT_EQ(who->monthly_credit_limit, 500);
}

TEST(Authenticator, AChangeHoldsOnTheNextRequestWhoeverMadeIt) {
  House house;
  const auto code = [&] {
    const auto who = house.authenticator.authenticate(house.key_text);
    return who ? ErrorCode::kCancelled : who.error().code;
  };
  EXPECT_EQ(code(), ErrorCode::kCancelled);
  EXPECT_EQ(code(), ErrorCode::kCancelled);
  const domain::KeyId key = house.who.key;
  ASSERT_TRUE(house.keys.change(house.who, key.str(), {.active = false}));
  EXPECT_EQ(code(), ErrorCode::kKeyInactive);
  ASSERT_TRUE(house.keys.change(house.who, key.str(), {.active = true}));
  EXPECT_EQ(code(), ErrorCode::kCancelled);
  // As the command line does it, in a process of its own.
  const auto database = storage::SqliteDatabase::open(house.folder.path + "/pictor.db").value();
  storage::SqliteAccountStore beside(*database);
  ASSERT_TRUE(beside.change(house.who.account, {.plan = "Pro", .suspended = true}));
  EXPECT_EQ(code(), ErrorCode::kAccountSuspended);
  ASSERT_TRUE(beside.change(house.who.account, {.suspended = false}));
  EXPECT_EQ(house.authenticator.authenticate(house.key_text)->plan, "Pro");
  ASSERT_TRUE(beside.remove_key(house.who.account, key));
  EXPECT_EQ(code(), ErrorCode::kInvalidApiKey);
}

TEST(Authenticator, UsesAreWrittenTogetherAndOnlyWhenThereAreSome) {
  House house;
  ASSERT_TRUE(house.authenticator.authenticate(house.key_text));
  ASSERT_TRUE(house.authenticator.authenticate(house.key_text));
  EXPECT_FALSE(house.keys.list(house.who)->at(0).last_used_at);
  EXPECT_EQ(house.authenticator.flush_uses().value(), 1);
  EXPECT_EQ(house.keys.list(house.who)->at(0).last_used_at, house.clock.now());
  EXPECT_EQ(house.authenticator.flush_uses().value(), 0);
}

}  // namespace
}  // namespace pictor::service
