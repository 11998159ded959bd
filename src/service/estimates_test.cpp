#include "service/estimates.hpp"

#include <gtest/gtest.h>

#include "service/testing/fakes.hpp"

namespace pictor::service {
namespace {

using testing::House;

Result<EstimateRequest> parse(const std::string& text) { return parse_estimate_request(parse_json(text).value()); }

const std::string kPhoto = R"({"width":4032,"height":3024,"bytes":2345678,"format":"jpeg"})";

TEST(ParseEstimate, NamesEveryFault) {
  EXPECT_TRUE(parse(R"({"action":"export","images":[)" + kPhoto + "]}"));
  EXPECT_FALSE(parse(R"({"action":"export"})")) << "neither";
  EXPECT_FALSE(parse(R"({"action":"export","sessionId":"ses_x","images":[)" + kPhoto + "]}")) << "both";
  EXPECT_FALSE(parse(R"({"action":"export","images":[]})"));
  const auto wrong = parse(R"({"action":"export","images":[{"width":0,"height":1.5,"bytes":-1,"format":"doc"}]})");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().fields.size(), 4U);
  EXPECT_EQ(wrong.error().fields.at(0).pointer, "/images/0/width");
  EXPECT_EQ(parse(R"({"action":"export","images":[)" + kPhoto + R"(],"settings":{"qualty":1}})").error().code,
            ErrorCode::kUnknownField);
  EXPECT_TRUE(parse(R"({"action":"analyze","images":[)" + kPhoto + R"(],"settings":{"force":true}})"));
}

TEST(Estimates, CostAsTheJobWould) {
  House house;
  Estimates estimates(house.session_store, house.clock, 2);
  const auto of = [&](const std::string& action) {
    return estimates
        .estimate(house.who,
                  parse(R"({"action":")" + action + R"(","images":[)" + kPhoto + "," + kPhoto + "]}").value())
        .value();
  };
  EXPECT_EQ(of("export").credits, 2);
  EXPECT_EQ(of("optimize").credits, 2);
  EXPECT_EQ(of("sample").credits, 0);
  EXPECT_EQ(of("analyze").credits, 2);
  EXPECT_EQ(of("analyze").expected_bytes, 0);
  EXPECT_GT(of("analyze").seconds, 0);
}

TEST(Estimates, WhatIsAnalysedAlreadyIsFreeUnlessForced) {
  House house;
  Estimates estimates(house.session_store, house.clock, 2);
  const SessionView view = house.upload({"a.jpg", "b.jpg"});
  const std::string request = R"({"action":"analyze","sessionId":")" + view.session.id.str() + '"';
  EXPECT_EQ(estimates.estimate(house.who, parse(request + "}").value())->credits, 2);
  (void)house.start_analyze(view);
  house.work_all();
  EXPECT_EQ(estimates.estimate(house.who, parse(request + "}").value())->credits, 0);
  EXPECT_EQ(estimates.estimate(house.who, parse(request + R"(,"settings":{"force":true}})").value())->credits, 2);
  EXPECT_EQ(estimates.estimate(house.stranger(), parse(request + "}").value()).error().code, ErrorCode::kNotFound);
}

TEST(Estimates, MoreQualityIsMoreBytesAndFewerPixelsAreFewer) {
  const EstimatedImage photo{4'032, 3'024, 2'345'678, domain::ImageFormat::kJpeg};
  for (const auto format : {domain::ImageFormat::kJpeg, domain::ImageFormat::kWebp, domain::ImageFormat::kAvif}) {
    double before = 0;
    for (int quality = 1; quality <= 100; ++quality) {
      const double bytes = predicted_bytes(photo, 2e6, format, quality);
      EXPECT_GE(bytes, before);
      before = bytes;
    }
    EXPECT_LT(predicted_bytes(photo, 1e6, format, 80), predicted_bytes(photo, 2e6, format, 80));
  }
}

TEST(Estimates, APromisedScoreDecidesBytesAndMaxBytesBoundsThem) {
  const EstimatedImage photo{4'032, 3'024, 2'345'678, domain::ImageFormat::kJpeg};
  for (const auto format : {domain::ImageFormat::kJpeg, domain::ImageFormat::kWebp, domain::ImageFormat::kAvif,
                            domain::ImageFormat::kJxl}) {
    double before = 0;
    for (int score = 1; score <= 100; ++score) {
      const double bytes = predicted_bytes_at_score(photo, 2e6, format, score);
      EXPECT_GE(bytes, before);
      before = bytes;
    }
  }
  House house;
  Estimates estimates(house.session_store, house.clock, 2);
  const auto of = [&](const std::string& settings) {
    return estimates
        .estimate(house.who,
                  parse(R"({"action":"export","images":[)" + kPhoto + R"(],"settings":)" + settings + "}").value())
        .value();
  };
  EXPECT_LT(of(R"({"target":{"score":60}})").expected_bytes, of(R"({"target":{"score":85}})").expected_bytes);
  EXPECT_EQ(of(R"({"maxBytes":5000})").expected_bytes, 5'000);
  EXPECT_LE(of(R"({"preset":"high","maxBytes":5000})").expected_bytes, 5'000);
  EXPECT_LT(of(R"({"format":"avif","quality":50})").seconds, of(R"({"format":"avif"})").seconds) << "no search";
}

TEST(Estimates, NothingIsEnlargedAndNothingGrows) {
  House house;
  Estimates estimates(house.session_store, house.clock, 2);
  const auto of = [&](const std::string& settings) {
    const Estimate made =
        estimates
            .estimate(house.who,
                      parse(R"({"action":"export","images":[)" + kPhoto + R"(],"settings":)" + settings + "}").value())
            .value();
    EXPECT_LE(made.low_bytes, made.expected_bytes);
    EXPECT_LE(made.expected_bytes, made.high_bytes);
    return made;
  };
  EXPECT_EQ(of(R"({"resize":{"width":9000}})").expected_bytes, of("{}").expected_bytes);
  EXPECT_LT(of(R"({"resize":{"width":800}})").expected_bytes, of(R"({"resize":{"width":1600}})").expected_bytes);
  EXPECT_LT(of(R"({"resize":{"width":800,"height":600}})").seconds, of("{}").seconds);
  EXPECT_GT(of(R"({"responsive":true})").expected_bytes, of("{}").expected_bytes);
  EXPECT_LE(of(R"({"format":"jpeg","quality":100})").expected_bytes, 2'345'678) << "it would pass through";
}

}  // namespace
}  // namespace pictor::service
