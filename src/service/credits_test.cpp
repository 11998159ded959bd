#include "service/credits.hpp"

#include <gtest/gtest.h>

#include "service/testing/fakes.hpp"

namespace pictor::service {
namespace {

using domain::Operation;
using testing::House;

ErrorCode code_of(const char* body) {
  const auto parsed = parse_credit_check(parse_json(body).value());
  return parsed ? ErrorCode::kCancelled : parsed.error().code;
}

OptimizeRequest picture(House& house, const std::string& bytes = "IMG 640x480") {
  OptimizeRequest request;
  request.image = house.incoming("a.jpg", bytes);
  return request;
}

void expect_exact(House& house) { EXPECT_TRUE(house.ledger.mismatches().value().empty()); }

std::int64_t balance(House& house) { return house.credits.overview(house.who).value().balance.available; }

TEST(ParseCreditCheck, TakesWholePositiveCountsOnly) {
  const auto check = parse_credit_check(parse_json(R"({"action":"analyze","imageCount":20,"deduct":true})").value());
  ASSERT_TRUE(check);
  EXPECT_EQ(check->action, Operation::kAnalyze);
  EXPECT_EQ(check->image_count, 20);
  EXPECT_TRUE(check->deduct);
  for (const char* count : {"-1", "0", "1.5", "1e300", "1000001", "99999999999999999999", "\"3\"", "null", "true"}) {
    const std::string body = std::string(R"({"action":"export","imageCount":)") + count + "}";
    EXPECT_EQ(code_of(body.c_str()), ErrorCode::kInvalidField) << count;
  }
  EXPECT_EQ(code_of(R"({"action":"steal","imageCount":1})"), ErrorCode::kInvalidField);
  EXPECT_EQ(code_of(R"({"imageCount":1})"), ErrorCode::kInvalidField);
  EXPECT_EQ(code_of(R"({"action":"export","imageCount":1,"count":1})"), ErrorCode::kUnknownField);
}

TEST(ParseUsageQuery, TakesDaysThatExistAndKnownGroups) {
  const auto query = parse_usage_query("key,operation", "2026-11-01", "2026-11-30").value();
  EXPECT_TRUE(query.by_key && query.by_operation && !query.by_day);
  EXPECT_TRUE(parse_usage_query({}, {}, {})->by_day);
  EXPECT_FALSE(parse_usage_query("day,", {}, {}));
  EXPECT_FALSE(parse_usage_query("weather", {}, {}));
  for (const char* day : {"2026-02-30", "yesterday", "2026-1-1", "2026-11-24T00:00:00Z", ""}) {
    EXPECT_FALSE(parse_usage_query({}, day, {})) << day;
  }
  EXPECT_EQ(parse_usage_query({}, "2026-11-02", "2026-11-01").error().fields.at(0).pointer, "?to");
}

TEST(Credits, ACheckReservesOnlyWhenAskedTo) {
  House house;
  const auto looked = house.credits.check(house.who, {Operation::kExport, 20, false}).value();
  EXPECT_TRUE(looked.sufficient);
  EXPECT_FALSE(looked.reservation);
  EXPECT_EQ(balance(house), 25);
  const auto reserved = house.credits.check(house.who, {Operation::kExport, 20, true}).value();
  ASSERT_TRUE(reserved.reservation);
  EXPECT_EQ(reserved.balance, 25);
  EXPECT_EQ(balance(house), 5);
  EXPECT_FALSE(house.credits.check(house.who, {Operation::kExport, 6, true})->sufficient);
  EXPECT_EQ(house.credits.check(house.who, {Operation::kSample, 1'000, true})->cost, 0);
  EXPECT_EQ(house.credits.release(house.stranger(), reserved.reservation->str()).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(house.credits.release(house.who, reserved.reservation->str()));
  EXPECT_FALSE(house.credits.release(house.who, reserved.reservation->str()));
  EXPECT_FALSE(house.credits.release(house.who, "res_../../x"));
  EXPECT_EQ(balance(house), 25);
  expect_exact(house);
}

TEST(Credits, AReservationEndsAfterItsTime) {
  House house;
  const auto reserved = house.credits.check(house.who, {Operation::kExport, 20, true}).value();
  house.clock.advance(milliseconds(899'999));
  EXPECT_EQ(house.ledger.expire_holds(house.clock.now()).value(), 0);
  house.clock.advance(milliseconds(1));
  EXPECT_EQ(house.ledger.expire_holds(house.clock.now()).value(), 1);
  EXPECT_EQ(balance(house), 25);
  OptimizeRequest request = picture(house);
  request.reservation = reserved.reservation->str();
  EXPECT_EQ(house.optimizer.optimize(house.who, request, {}).error().code, ErrorCode::kNotFound);
  expect_exact(house);
}

TEST(Credits, AKeyMayHaveLessThanItsAccount) {
  House house;
  house.who.monthly_credit_limit = 3;
  EXPECT_EQ(house.credits.check(house.who, {Operation::kExport, 4, false}).error().code, ErrorCode::kKeyLimitExceeded);
  EXPECT_TRUE(house.credits.check(house.who, {Operation::kExport, 3, true}));
  EXPECT_EQ(house.optimizer.optimize(house.who, picture(house), {}).error().code, ErrorCode::kKeyLimitExceeded);
  EXPECT_EQ(house.engine.renders, 0);
}

TEST(Charging, OptimizeCostsOneAndItsWordsOneMore) {
  House house;
  const auto plain = house.optimizer.optimize(house.who, picture(house), {}).value();
  EXPECT_EQ(plain.credits.charged, 1);
  EXPECT_EQ(plain.credits.balance, 24);
  OptimizeRequest request = picture(house);
  request.analyze = true;
  const auto described = house.optimizer.optimize(house.who, request, {}).value();
  EXPECT_EQ(described.credits.charged, 2);
  EXPECT_EQ(described.credits.balance, 22);
  const auto usage = house.credits.usage(house.who, parse_usage_query("operation", {}, {}).value()).value();
  ASSERT_EQ(usage.size(), 2U);
  EXPECT_EQ(usage[0].operation, "analyze");
  EXPECT_EQ(usage[0].credits, 1);
  EXPECT_EQ(usage[1].images, 2);
  EXPECT_EQ(usage[1].bytes_in, 22);
  expect_exact(house);
}

TEST(Charging, WhatFailsOrPassesThroughCostsNothing) {
  House house;
  EXPECT_FALSE(house.optimizer.optimize(house.who, picture(house, "IMG 640x480 broken"), {}));
  EXPECT_FALSE(house.optimizer.optimize(house.who, picture(house, "no picture"), {}));
  house.engine.overloads = 1;
  EXPECT_FALSE(house.optimizer.optimize(house.who, picture(house), {}));
  house.engine.throws = true;
  EXPECT_THROW((void)house.optimizer.optimize(house.who, picture(house), {}), std::bad_alloc);
  house.engine.throws = false;
  EXPECT_EQ(balance(house), 25);
  house.engine.passes_through = true;
  const auto passed = house.optimizer.optimize(house.who, picture(house), {}).value();
  EXPECT_EQ(passed.credits.charged, 0);
  EXPECT_EQ(passed.credits.balance, 25);
  EXPECT_EQ(house.ledger.balance(house.who.account)->held, 0);
  expect_exact(house);
}

TEST(Charging, WhoHasNoCreditsIsToldBeforeAnyPixel) {
  House house;
  house.ledger.add(house.who.account, domain::EntryType::kAdjust, -25, "", "", "", house.clock.now()).value();
  const Error error = house.optimizer.optimize(house.who, picture(house), {}).error();
  EXPECT_EQ(error.code, ErrorCode::kInsufficientCredits);
  EXPECT_EQ(error.public_message, "Insufficient credits. You have 0 but need 1.");
  EXPECT_EQ(house.engine.renders + house.engine.looks, 0);
}

TEST(Charging, AReservationIsSpentNotChargedAgain) {
  House house;
  const auto reserved = house.credits.check(house.who, {Operation::kOptimize, 2, true}).value();
  EXPECT_EQ(balance(house), 23);
  OptimizeRequest request = picture(house);
  request.reservation = reserved.reservation->str();
  EXPECT_EQ(house.optimizer.optimize(house.who, request, {})->credits.balance, 23);
  EXPECT_EQ(house.optimizer.optimize(house.who, request, {})->credits.balance, 23);
  EXPECT_EQ(house.optimizer.optimize(house.who, request, {}).error().code, ErrorCode::kNotFound) << "it is spent";
  EXPECT_EQ(balance(house), 23);
  expect_exact(house);
}

}  // namespace
}  // namespace pictor::service
