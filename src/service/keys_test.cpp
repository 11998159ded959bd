#include "service/keys.hpp"

#include <gtest/gtest.h>

#include "service/testing/fakes.hpp"

namespace pictor::service {
namespace {

using testing::House;

ErrorCode code_of(const auto& result) { return result ? ErrorCode::kCancelled : result.error().code; }

std::string pointer_of(const auto& result) { return result ? "" : result.error().fields.at(0).pointer; }

/// A house on a plan of three keys.
struct KeysTest : public ::testing::Test {
  KeysTest() {
    house.accounts.change(house.who.account, {.plan = "Starter"}).value();
    house.who.plan = "Starter";
  }
  Keys::Made make(domain::ScopeSet scopes) { return house.keys.create(house.who, {"made", scopes, {}, {}}).value(); }

  House house;
};

TEST_F(KeysTest, ANewKeyWorksAndIsListedWithoutItsText) {
  const Keys::Made made = make(1);
  EXPECT_EQ(house.authenticator.authenticate(made.text)->scopes, 1U);
  const Json json = to_api_json(made.key);
  EXPECT_EQ(json.at("maskedKey"), "sk-…" + made.text.substr(made.text.size() - 4));
  EXPECT_EQ(dump_json(json).find(made.text), std::string::npos);
  EXPECT_EQ(house.keys.list(house.who)->size(), 2U);
}

TEST_F(KeysTest, PastThePlansNumberThereIsNone) {
  make(1);
  make(1);
  EXPECT_EQ(code_of(house.keys.create(house.who, {"fourth", 1, {}, {}})), ErrorCode::kKeyLimitReached);
}

TEST_F(KeysTest, AKeyCannotGiveWhatItLacks) {
  domain::Principal weak = house.who;
  weak.scopes = static_cast<unsigned>(domain::Scope::kKeys) | static_cast<unsigned>(domain::Scope::kImages);
  EXPECT_EQ(code_of(house.keys.create(weak, {"k", domain::kAllScopes, {}, {}})), ErrorCode::kInsufficientScope);
  EXPECT_EQ(code_of(house.keys.create(house.who, {"k", static_cast<unsigned>(domain::Scope::kAdmin), {}, {}})),
            ErrorCode::kInsufficientScope);
  EXPECT_EQ(code_of(house.keys.change(weak, weak.key.str(), {.scopes = domain::kAllScopes})),
            ErrorCode::kInsufficientScope);
  // To rotate a stronger key would hand its rights to the asker.
  EXPECT_EQ(code_of(house.keys.rotate(weak, house.who.key.str(), seconds(0))), ErrorCode::kInsufficientScope);
}

TEST_F(KeysTest, AfterTheOverlapOnlyTheNewKeyWorks) {
  const Result<Keys::Made> made = house.keys.rotate(house.who, house.who.key.str(), seconds(60));
  ASSERT_TRUE(made);
  EXPECT_TRUE(house.authenticator.authenticate(house.key_text));
  EXPECT_TRUE(house.authenticator.authenticate(made->text));
  house.clock.advance(seconds(60));
  EXPECT_EQ(code_of(house.authenticator.authenticate(house.key_text)), ErrorCode::kKeyExpired);
  EXPECT_TRUE(house.authenticator.authenticate(made->text));
}

TEST_F(KeysTest, AnotherAccountsKeyIsUnknown) {
  const domain::Principal stranger = house.stranger();
  const std::string ours = house.who.key.str();
  EXPECT_EQ(code_of(house.keys.change(stranger, ours, {.active = false})), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(house.keys.remove(stranger, ours)), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(house.keys.rotate(stranger, ours, seconds(0))), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(house.keys.remove(stranger, "key_nonsense")), ErrorCode::kNotFound);
  EXPECT_TRUE(house.authenticator.authenticate(house.key_text));
}

TEST(NewKey, NamesTheFieldThatIsWrong) {
  const Timestamp now = from_unix_ms(1'700'000'000'000);
  const auto read = [now](const Json& body) { return parse_new_key(body, 1, now); };
  EXPECT_EQ(read({{"name", "k"}})->scopes, 1U);
  EXPECT_EQ(pointer_of(read(Json::object())), "/name");
  EXPECT_EQ(pointer_of(read({{"name", "k"}, {"scopes", Json::array()}})), "/scopes");
  EXPECT_EQ(pointer_of(read({{"name", "k"}, {"scopes", {"root"}}})), "/scopes");
  EXPECT_EQ(pointer_of(read({{"name", "k"}, {"monthlyCreditLimit", -1}})), "/monthlyCreditLimit");
  EXPECT_EQ(pointer_of(read({{"name", "k"}, {"monthlyCreditLimit", 1.5}})), "/monthlyCreditLimit");
  EXPECT_EQ(pointer_of(read({{"name", "k"}, {"monthlyCreditLimit", 1e300}})), "/monthlyCreditLimit");
  EXPECT_EQ(pointer_of(read({{"name", "k"}, {"expiresAt", "tomorrow"}})), "/expiresAt");
  EXPECT_EQ(pointer_of(read({{"name", "k"}, {"expiresAt", "2001-01-01T00:00:00Z"}})), "/expiresAt");
  EXPECT_EQ(read({{"name", "k"}, {"scope", "images"}}).error().code, ErrorCode::kUnknownField);
}

TEST(KeyChange, NullTakesALimitAwayButNoName) {
  const Result<domain::KeyChange> change = parse_key_change({{"monthlyCreditLimit", nullptr}, {"expiresAt", nullptr}});
  ASSERT_TRUE(change);
  EXPECT_TRUE(change->monthly_credit_limit);
  EXPECT_FALSE(*change->monthly_credit_limit);
  EXPECT_TRUE(change->expires_at);
  EXPECT_FALSE(change->active);
  EXPECT_EQ(pointer_of(parse_key_change({{"name", nullptr}})), "/name");
  EXPECT_EQ(pointer_of(parse_overlap({{"overlapSeconds", -1}})), "/overlapSeconds");
  EXPECT_EQ(pointer_of(parse_overlap({{"overlapSeconds", 1e12}})), "/overlapSeconds");
  EXPECT_EQ(parse_overlap(Json::object())->count(), 86'400);
}

}  // namespace
}  // namespace pictor::service
