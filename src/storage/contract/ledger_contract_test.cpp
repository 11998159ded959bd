#include <atomic>
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
    Transaction transaction(writer);
    writer->prepare("UPDATE accounts SET plan = ? WHERE id = ?").bind(plan).bind(ours.str()).run();
    transaction.commit();
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

TEST_F(LedgerContract, AReservationIsSpentFirstAndNeverChargedTwice) {
  grant(10);
  const HoldId reservation = ledger().hold(charge(4), kNow + kMinute, kNow).value();
  EXPECT_EQ(balance().available, 6);
  Charge job = charge(6);
  job.reservation = reservation;
  const HoldId hold = ledger().hold(job, std::nullopt, kNow).value();
  EXPECT_EQ(balance().available, 4) << "only what was missing is taken";
  EXPECT_EQ(balance().held, 6);
  EXPECT_EQ(code(ledger().hold(job, std::nullopt, kNow)), ErrorCode::kNotFound) << "it is spent";
  EXPECT_EQ(ledger().capture(hold, 6, kNow).value(), 6);
  EXPECT_EQ(balance().available, 4);
}

TEST_F(LedgerContract, WhatAReservationHasTooManyStaysReserved) {
  grant(10);
  const HoldId reservation = ledger().hold(charge(8), kNow + kMinute, kNow).value();
  Charge call = charge(3);
  call.reservation = reservation;
  const HoldId hold = ledger().hold(call, std::nullopt, kNow).value();
  EXPECT_EQ(balance().available, 2);
  EXPECT_EQ(ledger().release(hold, kNow).value(), 3);
  EXPECT_EQ(ledger().release_reservation(ours, reservation, kNow).value(), 5);
  EXPECT_EQ(balance().available, 10);
}

TEST_F(LedgerContract, AReservationThatDoesNotSufficeIsLeftAsItWas) {
  grant(5);
  const HoldId reservation = ledger().hold(charge(2), kNow + kMinute, kNow).value();
  Charge call = charge(6);
  call.reservation = reservation;
  const auto refused = ledger().hold(call, std::nullopt, kNow);
  ASSERT_EQ(code(refused), ErrorCode::kInsufficientCredits);
  EXPECT_EQ(refused.error().public_message, "Insufficient credits. You have 5 but need 6.");
  EXPECT_EQ(ledger().release_reservation(ours, reservation, kNow).value(), 2);
}

TEST_F(LedgerContract, AReservationEndsByItselfAndBelongsToItsAccount) {
  grant(5);
  const HoldId reservation = ledger().hold(charge(5), kNow + kMinute, kNow).value();
  EXPECT_EQ(code(ledger().release_reservation(theirs, reservation, kNow)), ErrorCode::kNotFound);
  EXPECT_EQ(ledger().expire_holds(kNow).value(), 0);
  Charge late = charge(1);
  late.reservation = reservation;
  EXPECT_EQ(code(ledger().hold(late, std::nullopt, kNow + kMinute)), ErrorCode::kNotFound);
  EXPECT_EQ(ledger().expire_holds(kNow + kMinute).value(), 1);
  EXPECT_EQ(ledger().expire_holds(kNow + kMinute).value(), 0);
  EXPECT_EQ(balance().available, 5);
  const HoldId call = ledger().hold(charge(1), std::nullopt, kNow).value();
  EXPECT_EQ(code(ledger().release_reservation(ours, call, kNow)), ErrorCode::kNotFound) << "a call's is no reservation";
  EXPECT_EQ(ledger().release_calls(kNow).value(), 1);
  EXPECT_EQ(balance().available, 5);
}

TEST_F(LedgerContract, AKeysMonthCountsWhatItHoldsAndGivesBackWhatIsReleased) {
  grant(100);
  Charge limited = charge(3);
  limited.key_limit = 5;
  const HoldId first = ledger().hold(limited, std::nullopt, kNow).value();
  EXPECT_EQ(code(ledger().hold(limited, std::nullopt, kNow)), ErrorCode::kKeyLimitExceeded);
  EXPECT_EQ(ledger().spent_by_key(key, kNow).value(), 3);
  EXPECT_EQ(ledger().capture(first, 1, kNow).value(), 1);
  EXPECT_EQ(ledger().release(first, kNow).value(), 2);
  EXPECT_EQ(ledger().spent_by_key(key, kNow).value(), 1);
  EXPECT_TRUE(ledger().hold(limited, std::nullopt, kNow));
  EXPECT_EQ(ledger().spent_by_key(key, kNow + 31 * kDay).value(), 0) << "another month, from nothing";
  EXPECT_TRUE(ledger().hold(limited, std::nullopt, kNow + 31 * kDay));
  Charge reserved = charge(2);
  reserved.key_limit = 6;
  const HoldId reservation = ledger().hold(reserved, kNow + kMinute, kNow).value();
  reserved.reservation = reservation;
  EXPECT_TRUE(ledger().hold(reserved, std::nullopt, kNow)) << "what was reserved is not counted twice";
}

TEST_F(LedgerContract, ACallIsSettledInOneMove) {
  grant(5);
  const HoldId hold = ledger().hold(charge(2), std::nullopt, kNow).value();
  const domain::Ledger::UsageRow row{"2023-11-14", key.str(), "optimize", 1, 1, 1'000, 400};
  const auto settled = ledger().settle(ours, hold, 1, {row}, kNow).value();
  EXPECT_EQ(settled.charged, 1);
  EXPECT_EQ(settled.balance, 4);
  EXPECT_EQ(balance().held, 0);
  const auto again = ledger().settle(ours, hold, 1, {}, kNow).value();
  EXPECT_EQ(again.charged, 0);
  EXPECT_EQ(again.balance, 4);
  testing::must(ledger().count_usage(ours, row));
  const auto usage = ledger().usage(ours, "", "").value();
  ASSERT_EQ(usage.size(), 1U);
  EXPECT_EQ(usage[0].images, 2);
  EXPECT_EQ(usage[0].bytes_out, 800);
  EXPECT_TRUE(ledger().usage(ours, "2023-11-15", "").value().empty());
  EXPECT_TRUE(ledger().usage(theirs, "", "").value().empty());
}

TEST_F(LedgerContract, EntriesComeInPagesNewestFirst) {
  for (int i = 1; i <= 5; ++i) {
    grant(i);
  }
  const auto first = ledger().entries(ours, {2, ""}).value();
  ASSERT_EQ(first.items.size(), 2U);
  EXPECT_EQ(first.items[0].amount, 5);
  const auto last = ledger().entries(ours, {4, *first.next_cursor}).value();
  ASSERT_EQ(last.items.size(), 3U);
  EXPECT_EQ(last.items[2].amount, 1);
  EXPECT_FALSE(last.next_cursor);
}

TEST_F(LedgerContract, ABalanceThatIsNotItsEntriesIsFound) {
  grant(5);
  const auto forge = [this](std::int64_t by) {
    auto writer = stores.database->writer();
    Transaction transaction(writer);
    writer->prepare("UPDATE accounts SET balance = balance + ? WHERE id = ?").bind(by).bind(ours.str()).run();
    transaction.commit();
  };
  forge(1);
  EXPECT_EQ(ledger().mismatches().value(), std::vector<AccountId>{ours});
  forge(-1);
}

// --- allowances

const std::vector<Plan> kPlans = {{"Free", 0, 25, 1, 30},
                                  {"Starter", 500, 0, 3, 60},
                                  {.name = "Saver", .monthly_credits = 100, .carries_over = true},
                                  {.name = "Pro", .monthly_credits = 3'000}};

TEST_F(LedgerContract, AnAccountBeginsWithItsPlansCredits) {
  testing::must(ledger().open_account(ours, kPlans[0], kNow));
  testing::must(ledger().open_account(ours, kPlans[0], kNow));
  EXPECT_EQ(balance().available, 25) << "once";
  set_plan("Starter");
  EXPECT_EQ(ledger().grant_allowances(kPlans, kNow).value(), 1);
  EXPECT_EQ(balance().available, 525);
}

TEST_F(LedgerContract, AnAllowanceIsGrantedOnceAPeriodWhateverTheClockDoes) {
  set_plan("Saver");
  testing::Stores beside(folder.path);
  const auto at = [&](Timestamp now) {
    ledger().grant_allowances(kPlans, now).value();
    beside.ledger.grant_allowances(kPlans, now).value();
    return balance().available;
  };
  EXPECT_EQ(at(kNow), 100);
  EXPECT_EQ(at(kNow - kDay), 100) << "a day back";
  EXPECT_EQ(at(kNow + 29 * kDay), 100);
  EXPECT_EQ(at(kNow + 31 * kDay), 200) << "a month forward";
  EXPECT_EQ(at(kNow), 200) << "and back";
  EXPECT_EQ(at(kNow + 31 * kDay), 200) << "that period had its allowance";
  EXPECT_EQ(at(kNow + 62 * kDay), 300);
  EXPECT_EQ(at(kNow + 366 * kDay), 1'300) << "a year off: each of the periods once";
  EXPECT_EQ(at(kNow), 1'300);
}

TEST_F(LedgerContract, TwoProcessesGrantAnAllowanceOnce) {
  set_plan("Starter");
  testing::Stores beside(folder.path);
  for (int month = 0; month < 24; ++month) {
    const Timestamp now = kNow + 31 * month * kDay;
    std::thread other([&] { beside.ledger.grant_allowances(kPlans, now).value(); });
    ledger().grant_allowances(kPlans, now).value();
    other.join();
    ASSERT_EQ(balance().available, 500) << "month " << month;
  }
}

TEST_F(LedgerContract, UnusedAllowanceGoesBackAndOtherCreditsStay) {
  grant(40);
  set_plan("Starter");
  ledger().grant_allowances(kPlans, kNow).value();
  const HoldId spent = ledger().hold(charge(120), std::nullopt, kNow).value();
  ledger().capture(spent, 120, kNow).value();
  EXPECT_EQ(balance().available, 420);
  const HoldId held = ledger().hold(charge(30), std::nullopt, kNow).value();
  ledger().grant_allowances(kPlans, kNow + 31 * kDay).value();
  EXPECT_EQ(balance().available, 540) << "350 unused went back, 40 granted stayed, 500 new";
  EXPECT_EQ(balance().held, 30);
  ledger().release(held, kNow).value();
  set_plan("Free");
  ledger().grant_allowances(kPlans, kNow + 62 * kDay).value();
  EXPECT_EQ(balance().available, 70) << "a plan without an allowance: the last one ends";
}

TEST_F(LedgerContract, ALargerPlanTopsUpAndASmallerOneTakesNothing) {
  set_plan("Starter");
  ledger().grant_allowances(kPlans, kNow).value();
  for (int i = 0; i < 3; ++i) {
    set_plan("Pro");
    ledger().grant_allowances(kPlans, kNow + kDay).value();
    EXPECT_EQ(balance().available, 3'000);
    set_plan("Starter");
    ledger().grant_allowances(kPlans, kNow + kDay).value();
    EXPECT_EQ(balance().available, 3'000) << "to and fro gives nothing";
  }
}

TEST_F(LedgerContract, APeriodBeginsOnTheSameDayOrTheMonthsLast) {
  set_plan("Saver");
  const auto resets_at = [this] {
    auto reader = stores.database->reader();
    Statement row = reader->prepare("SELECT resets_at FROM accounts WHERE id = ?");
    row.bind(ours.str()).step();
    return format_timestamp(from_unix_ms(row.integer(0)));
  };
  ledger().grant_allowances(kPlans, parse_timestamp("2027-12-31T08:30:00Z").value()).value();
  EXPECT_EQ(resets_at(), "2028-01-31T08:30:00.000Z");
  ledger().grant_allowances(kPlans, parse_timestamp("2028-02-01T00:00:00Z").value()).value();
  EXPECT_EQ(resets_at(), "2028-02-29T08:30:00.000Z");
  ledger().grant_allowances(kPlans, parse_timestamp("2028-03-01T00:00:00Z").value()).value();
  EXPECT_EQ(resets_at(), "2028-03-31T08:30:00.000Z");
}

TEST_F(LedgerContract, AFallBelowThePlansMarkIsNotedOncePerCrossing) {
  ledger().grant_allowances(kPlans, kNow).value();  // the marks: 5
  grant(10);
  const auto is_low = [this] {
    auto reader = stores.database->reader();
    Statement row = reader->prepare("SELECT is_low FROM accounts WHERE id = ?");
    return row.bind(ours.str()).step() && row.integer(0) != 0;
  };
  EXPECT_FALSE(is_low());
  const HoldId call = ledger().hold(charge(6), std::nullopt, kNow).value();
  EXPECT_FALSE(is_low()) << "a call's hold may go back within a second";
  ledger().capture(call, 6, kNow).value();
  EXPECT_TRUE(is_low());
  const HoldId more = ledger().hold(charge(1), kNow + kMinute, kNow).value();
  EXPECT_TRUE(is_low());
  ledger().release(more, kNow).value();
  EXPECT_TRUE(is_low());
  grant(1);
  EXPECT_FALSE(is_low()) << "5 is not below 5";
}

// --- many at once

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

TEST_F(LedgerContract, ManyThatHoldCaptureAndReleaseAtOnceLoseNothing) {
  grant(1'000);
  std::atomic<std::int64_t> spent = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 40; ++i) {
        const auto hold = ledger().hold(charge(2 + i % 3), std::nullopt, kNow);
        if (hold && (i + thread) % 2 == 0) {
          spent += ledger().capture(*hold, 1, kNow).value();
        }
        if (hold) {
          ledger().release(*hold, kNow).value();
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(balance().available, 1'000 - spent);
  EXPECT_EQ(balance().held, 0);
  EXPECT_EQ(spent, 160);
}

}  // namespace
}  // namespace pictor::storage
