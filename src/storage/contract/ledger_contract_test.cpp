#include <gtest/gtest.h>
#include <limits>
#include <thread>

#include "storage/testing/rows.hpp"

/// What a Ledger promises (domain/ports/ledger.hpp).
namespace pictor::storage {
namespace {

using domain::AccountId;
using domain::Balance;
using domain::Charge;
using domain::CreditEntry;
using domain::EntryType;
using domain::HoldId;
using domain::KeyId;
using domain::Operation;
using domain::Plan;
using testing::kDay;
using testing::kMinute;
using testing::kNow;

class LedgerContract : public ::testing::Test, public testing::StoresTest {
 protected:
  void SetUp() override {
    add_account(ours, "Free");
    add_account(theirs, "Free");
  }
  void TearDown() override { EXPECT_TRUE(ledger().mismatches().value().empty()) << "the sums do not add up"; }

  domain::Ledger& ledger() { return stores.ledger; }
  void add_account(const AccountId& id, const std::string& plan) {
    domain::ApiKey first;
    first.id = KeyId::make(kNow);
    first.account = id;
    first.hash = first.id.str();
    testing::must(stores.accounts.create({id, "Us", "us@example.org", plan, false, kNow}, first));
  }
  void set_plan(const std::string& plan) {
    auto writer = stores.database->writer();
    writer->prepare("UPDATE accounts SET plan = ? WHERE id = ?").bind(plan).bind(ours.str()).run();
  }
  void grant(std::int64_t credits) {
    ledger().add(ours, EntryType::kGrant, credits, "", "a present", "", kNow).value();
  }
  Charge charge(std::int64_t credits) {
    Charge charge;
    charge.account = ours;
    charge.key = key;
    charge.credits = credits;
    return charge;
  }
  Balance balance() { return ledger().balance(ours).value(); }
  std::vector<CreditEntry> entries() { return ledger().entries(ours, {100, ""}).value().items; }
  static ErrorCode code(const auto& result) { return result ? ErrorCode::kCancelled : result.error().code; }

  KeyId key = KeyId::make(kNow);
};

TEST_F(LedgerContract, AHoldTakesCreditsThatACaptureSpendsAndAReleaseGivesBack) {
  grant(10);
  const HoldId hold = ledger().hold(charge(4), std::nullopt, kNow).value();
  EXPECT_EQ(balance().available, 6);
  EXPECT_EQ(balance().held, 4);
  EXPECT_EQ(ledger().capture(hold, 3, kNow).value(), 3);
  EXPECT_EQ(balance().available, 6);
  EXPECT_EQ(balance().held, 1);
  EXPECT_EQ(ledger().release(hold, kNow).value(), 1);
  EXPECT_EQ(balance().available, 7);
  EXPECT_EQ(balance().held, 0);

  const std::vector<CreditEntry> all = entries();
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].type, EntryType::kRelease);
  EXPECT_EQ(all[0].amount, 1);
  EXPECT_EQ(all[0].balance_after, 7);
  EXPECT_EQ(all[1].type, EntryType::kCapture);
  EXPECT_EQ(all[1].amount, 0);
  EXPECT_EQ(all[1].captured, 3);
  EXPECT_EQ(all[2].type, EntryType::kHold);
  EXPECT_EQ(all[2].amount, -4);
  EXPECT_EQ(all[2].key_id, key.str());
  EXPECT_EQ(all[2].operation, "export");
  EXPECT_EQ(all[3].type, EntryType::kGrant);
  EXPECT_EQ(all[3].reason, "a present");
}

TEST_F(LedgerContract, WhatAHoldHasNoLongerIsNeitherSpentNorGivenBack) {
  grant(5);
  const HoldId hold = ledger().hold(charge(2), std::nullopt, kNow).value();
  EXPECT_EQ(ledger().capture(hold, 9, kNow).value(), 2);
  EXPECT_EQ(ledger().capture(hold, 1, kNow).value(), 0);
  EXPECT_EQ(ledger().release(hold, kNow).value(), 0);
  EXPECT_EQ(ledger().capture(hold, -1, kNow).value(), 0);
  EXPECT_EQ(ledger().release(HoldId(), kNow).value(), 0);
  EXPECT_EQ(balance().available, 3);
  EXPECT_EQ(balance().held, 0);
}

TEST_F(LedgerContract, WhoCannotPayHoldsNothingAndReadsWhatIsMissing) {
  grant(5);
  const auto refused = ledger().hold(charge(6), std::nullopt, kNow);
  ASSERT_EQ(code(refused), ErrorCode::kInsufficientCredits);
  EXPECT_EQ(refused.error().public_message, "Insufficient credits. You have 5 but need 6.");
  EXPECT_EQ(balance().available, 5);
  EXPECT_EQ(entries().size(), 1U);
  Charge of_nobody = charge(1);
  of_nobody.account = AccountId::make(kNow);
  EXPECT_EQ(code(ledger().hold(of_nobody, std::nullopt, kNow)), ErrorCode::kNotFound);
}

TEST_F(LedgerContract, NothingIsHeldForWhatIsFree) {
  EXPECT_TRUE(ledger().hold(charge(0), std::nullopt, kNow).value().empty());
  EXPECT_TRUE(entries().empty());
}

TEST_F(LedgerContract, NegativeAndHugeNumbersAreRefused) {
  grant(5);
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t credits : {std::int64_t{-1}, -kMost, kMost, std::int64_t{1'000'000'001}}) {
    EXPECT_EQ(code(ledger().hold(charge(credits), std::nullopt, kNow)), ErrorCode::kInvalidField) << credits;
  }
  for (const std::int64_t credits : {std::int64_t{0}, std::int64_t{-1}, kMost}) {
    EXPECT_EQ(code(ledger().add(ours, EntryType::kGrant, credits, "", "", "", kNow)), ErrorCode::kInvalidField);
  }
  EXPECT_EQ(code(ledger().add(ours, EntryType::kAdjust, -6, "", "", "", kNow)), ErrorCode::kInvalidField);
  EXPECT_EQ(code(ledger().add(ours, EntryType::kAdjust, 0, "", "", "", kNow)), ErrorCode::kInvalidField);
  EXPECT_EQ(ledger().add(ours, EntryType::kAdjust, -5, "", "", "", kNow).value().balance_after, 0);
}

TEST_F(LedgerContract, AReferenceCountsOnce) {
  const CreditEntry first = ledger().add(ours, EntryType::kGrant, 25, "signup", "", "signup", kNow).value();
  const CreditEntry again = ledger().add(ours, EntryType::kGrant, 99, "signup", "", "signup", kNow + kDay).value();
  EXPECT_EQ(again.id, first.id);
  EXPECT_EQ(again.amount, 25);
  EXPECT_EQ(balance().available, 25);
  ledger().add(theirs, EntryType::kGrant, 7, "signup", "", "signup", kNow).value();
  EXPECT_EQ(ledger().balance(theirs).value().available, 7) << "a reference is an account's own";
}

TEST_F(LedgerContract, TwoThatWantTheLastCreditAtOnceExactlyOneGetsIt) {
  testing::Stores beside(folder.path);
  for (int round = 0; round < 1'000; ++round) {
    grant(1);
    HoldId won;
    std::atomic<int> winners = 0;
    const auto spend = [&](domain::Ledger& one) {
      if (const auto hold = one.hold(charge(1), std::nullopt, kNow)) {
        ++winners;
        won = *hold;
      }
    };
    std::thread other([&] { spend(round % 2 == 0 ? beside.ledger : stores.ledger); });
    spend(ledger());
    other.join();
    ASSERT_EQ(winners, 1) << "round " << round;
    ASSERT_EQ(ledger().capture(won, 1, kNow).value(), 1);
  }
  EXPECT_EQ(balance().available, 0);
}

}  // namespace
}  // namespace pictor::storage
