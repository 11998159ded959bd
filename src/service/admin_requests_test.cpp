#include "service/admin_requests.hpp"

#include <gtest/gtest.h>

#include "service/testing/fakes.hpp"

namespace pictor::service {
namespace {

using testing::House;

constexpr domain::ScopeSet kAdmin = static_cast<domain::ScopeSet>(domain::Scope::kAdmin);

template <class T>
std::string pointer_of(const Result<T>& result) {
  return result || result.error().fields.empty() ? "" : result.error().fields.front().pointer;
}

TEST(AdminRequests, NameTheFieldThatIsWrong) {
  const auto& plans = domain::shipped_plans();
  EXPECT_EQ(pointer_of(parse_account_change({{"plan", "Gold"}}, plans)), "/plan");
  EXPECT_EQ(pointer_of(parse_account_change({{"status", "gone"}}, plans)), "/status");
  EXPECT_EQ(pointer_of(parse_account_change({{"status", nullptr}}, plans)), "/status");
  EXPECT_EQ(parse_account_change({{"name", "x"}}, plans).error().code, ErrorCode::kUnknownField);
  EXPECT_EQ(pointer_of(parse_grant({{"reason", "x"}})), "/amount");
  EXPECT_EQ(pointer_of(parse_grant({{"amount", 1.5}, {"reason", "x"}})), "/amount");
  EXPECT_EQ(pointer_of(parse_grant({{"amount", 1}, {"reason", ""}})), "/reason");
  EXPECT_EQ(pointer_of(parse_account_filter({}, "gone", {})), "?status");
  const auto change = parse_account_change({{"plan", "Pro"}, {"status", "suspended"}}, plans);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->plan, "Pro");
  EXPECT_EQ(change->suspended, true);
}

TEST(AdminRequests, OnlyTheOperatorsAccountMayHaveAKeyWithAdmin) {
  House house;
  const auto operators = house.registry.create_operator_account("Owner", "owner@example.org", "Agency").value();
  const auto made = house.registry.create_key(operators.account.id.str(), {.name = "root", .scopes = kAdmin});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->key.scopes, kAdmin);
  const auto refused = house.registry.create_key(house.who.account.str(), {.name = "root", .scopes = kAdmin});
  ASSERT_FALSE(refused);
  EXPECT_EQ(pointer_of(refused), "/scopes");
}

TEST(AdminRequests, AGrantIsALineOfTheLedgerAndNeedsAReason) {
  House house;
  const std::string account = house.who.account.str();
  const auto entry = house.registry.grant(account, 10, "sorry");
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->amount, 10);
  EXPECT_EQ(entry->reason, "sorry");
  EXPECT_EQ(house.registry.grant(account, -1, "back").value().type, domain::EntryType::kAdjust);
  EXPECT_EQ(pointer_of(house.registry.grant(account, 10, "")), "/reason");
  EXPECT_EQ(pointer_of(house.registry.grant(account, 0, "x")), "/amount");
  EXPECT_EQ(pointer_of(house.registry.grant(account, -1'000'000, "x")), "/amount");
  EXPECT_EQ(house.registry.grant("acc_nobody", 1, "x").error().code, ErrorCode::kNotFound);
}

TEST(AdminRequests, APlanThatDoesNotExistChangesNothing) {
  House house;
  const std::string account = house.who.account.str();
  EXPECT_EQ(pointer_of(house.registry.change(account, {.plan = "Gold"})), "/plan");
  EXPECT_EQ(house.registry.change(account, {.plan = "Starter"}).value().plan, "Starter");
  EXPECT_EQ(house.ledger.balance(house.who.account).value().available, 525) << "the allowance is there at once";
}

}  // namespace
}  // namespace pictor::service
