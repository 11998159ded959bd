#include "service/accounts.hpp"

#include <gtest/gtest.h>

#include "service/testing/fakes.hpp"

namespace pictor::service {
namespace {

using testing::House;

Json ada(const std::string& email = "ada@example.org") { return {{"name", "Ada"}, {"email", email}}; }

TEST(Accounts, SigningUpGivesAnAccountItsCreditsAndAKeyThatWorks) {
  House house;
  const auto made = house.account_service.sign_up(ada(), "192.0.2.1");
  ASSERT_TRUE(made) << made.error().public_message;
  const auto who = house.authenticator.authenticate(made->key_text);
  ASSERT_TRUE(who);
  const auto view = house.account_service.view(who->account);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->balance.available, 25);
  EXPECT_EQ(view->plan.name, "Free");
  const auto entries = house.ledger.entries(who->account, {10, ""}).value().items;
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].operation, "signup");
  EXPECT_TRUE(house.ledger.mismatches()->empty());
}

TEST(Accounts, NamesEveryFieldThatIsWrong) {
  House house;
  const auto pointers = [&](const Json& body) {
    const auto made = house.account_service.sign_up(body, "192.0.2.1");
    std::string all;
    for (const FieldError& field : made ? std::vector<FieldError>{} : made.error().fields) {
      all += field.pointer;
    }
    return all;
  };
  EXPECT_EQ(pointers(Json::object()), "/name/email");
  EXPECT_EQ(pointers({{"name", ""}, {"email", "a.example.org"}}), "/name/email");
  EXPECT_EQ(pointers({{"name", "A"}, {"email", "a@example."}}), "/email");
  EXPECT_EQ(pointers({{"name", "A"}, {"email", "a b@example.org"}}), "/email");
  EXPECT_EQ(pointers({{"name", "A"}, {"email", "a@example.org"}, {"plan", "Agency"}}), "/plan");
  EXPECT_EQ(pointers({{"name", 7}, {"email", "a@example.org"}}), "/name");
}

TEST(Accounts, OneAddressSignsUpOnlySoOften) {
  House house;
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(house.account_service.sign_up(ada(), "192.0.2.1"));
  }
  const auto refused = house.account_service.sign_up(ada(), "192.0.2.1");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kRateLimited);
  EXPECT_EQ(refused.error().retry_after_seconds, 20);
  EXPECT_TRUE(house.account_service.sign_up(ada(), "192.0.2.2"));
  house.clock.advance(seconds(20));
  EXPECT_TRUE(house.account_service.sign_up(ada(), "192.0.2.1"));
  EXPECT_FALSE(house.account_service.sign_up(ada(), "192.0.2.1"));
}

TEST(SignupLimit, ANetworkOfIpv6CountsAsOneAddress) {
  SignupLimit limit(1);
  const Timestamp now = from_unix_ms(1'700'000'000'000);
  EXPECT_TRUE(limit.take("2001:db8:1:2::1", now));
  EXPECT_FALSE(limit.take("2001:db8:1:2:3:4:5:6", now));
  EXPECT_TRUE(limit.take("2001:db8:1:3::1", now));
  EXPECT_TRUE(limit.take("2001:db8::1", now));
  EXPECT_FALSE(limit.take("2001:db8::2", now));
}

TEST(SignupLimit, AClockThatWasSetBackLocksNobodyOut) {
  SignupLimit limit(1);
  const Timestamp now = from_unix_ms(1'700'000'000'000);
  EXPECT_TRUE(limit.take("192.0.2.1", now));
  EXPECT_TRUE(limit.take("192.0.2.1", now - seconds(86'400)));
}

TEST(Accounts, AClosedServerTakesNobody) {
  House house;
  Accounts closed(house.accounts, house.ledger, house.session_store, *house.blobs, house.registry, house.clock,
                  domain::shipped_plans(), SignupRules{});
  EXPECT_EQ(closed.sign_up(ada(), "192.0.2.1").error().code, ErrorCode::kSignupClosed);
}

TEST(Accounts, ARemovedAccountsFilesGoAtOnceUnlessAnotherAccountHasThemToo) {
  House house;
  const SessionView view = house.upload({"fox.jpg"});
  const domain::BlobId own = view.images.at(0).blob;
  const auto shared = house.incoming("same.jpg", "IMG 10x10 same");
  ASSERT_TRUE(house.sessions.create(house.who, {shared}));
  const domain::Principal stranger = house.stranger();
  ASSERT_TRUE(house.sessions.create(stranger, {house.incoming("same.jpg", "IMG 10x10 same")}));
  ASSERT_TRUE(house.account_service.remove(house.who.account));
  EXPECT_EQ(house.authenticator.authenticate(house.key_text).error().code, ErrorCode::kInvalidApiKey);
  EXPECT_FALSE(house.blobs->open(own));
  EXPECT_TRUE(house.blobs->open(house.sessions.list(stranger, {10, ""})->items.at(0).images.at(0).blob));
  EXPECT_EQ(house.account_service.remove(house.who.account).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace pictor::service
