#include "service/job_requests.hpp"

#include <gtest/gtest.h>

#include "service/testing/fakes.hpp"

namespace pictor::service {
namespace {

using domain::ItemStatus;
using domain::JobStatus;
using testing::House;

std::vector<std::string> pointers_of(const Error& error) {
  std::vector<std::string> pointers;
  for (const FieldError& field : error.fields) {
    pointers.push_back(field.pointer);
  }
  return pointers;
}

Error refusal_of_analyze(const char* json) { return parse_analyze_request(parse_json(json).value()).error(); }
Error refusal_of_export(const char* json) { return parse_export_request(parse_json(json).value()).error(); }

TEST(ParseAnalyze, NamesEveryUnknownFieldByItsPointer) {
  const Error error = refusal_of_analyze(R"({"sessionId":"ses_x","imageId":[],"options":{"lang":"en"}})");
  EXPECT_EQ(error.code, ErrorCode::kUnknownField);
  const std::vector<std::string> pointers = pointers_of(error);
  EXPECT_EQ(std::set<std::string>(pointers.begin(), pointers.end()),
            (std::set<std::string>{"/imageId", "/options/lang"}));
}

TEST(ParseAnalyze, AsksForASessionAndAtLeastOneImage) {
  EXPECT_EQ(pointers_of(refusal_of_analyze("{}")), std::vector<std::string>{"/sessionId"});
  EXPECT_EQ(pointers_of(refusal_of_analyze(R"({"sessionId":"ses_x","imageIds":[]})")),
            std::vector<std::string>{"/imageIds"});
  EXPECT_EQ(refusal_of_analyze("[]").code, ErrorCode::kInvalidField);
}

TEST(ParseExport, ASettingOnAnImageWins) {
  const auto request = parse_export_request(parse_json(R"({"sessionId":"s","settings":{"format":"png","effort":2},
                     "images":[{"id":"a","settings":{"format":"jpeg"}},{"id":"b"}]})")
                                                .value());
  ASSERT_TRUE(request);
  EXPECT_EQ(request->images->at(0).settings->format, domain::ImageFormat::kJpeg);
  EXPECT_EQ(request->images->at(0).settings->effort, 2);
  EXPECT_FALSE(request->images->at(1).settings);
}

TEST(ParseExport, NamesFaultsInsideItsImages) {
  const Error error = refusal_of_export(
      R"({"sessionId":"s","settings":{"quality":101},"images":[{"settings":{"effort":99}},{"id":"b","note":1}]})");
  EXPECT_EQ(error.code, ErrorCode::kInvalidField);
  const std::vector<std::string> pointers = pointers_of(error);
  EXPECT_EQ(
      std::set<std::string>(pointers.begin(), pointers.end()),
      (std::set<std::string>{"/settings/quality", "/images/0/id", "/images/0/settings/effort", "/images/1/note"}));
}

TEST(JobRequests, WhatIsAnalysedIsSkippedUnlessForced) {
  House house;
  const SessionView view = house.upload({"a.jpg", "b.jpg"});
  AnalyzeRequest one;
  one.session = view.session.id.str();
  one.image_ids = {view.images[0].id.str()};
  ASSERT_TRUE(house.requests.analyze(house.who, one));
  house.work_all();
  const domain::Job both = house.start_analyze(view);
  EXPECT_EQ(both.skipped, 1);
  EXPECT_EQ(both.items.at(0).status, ItemStatus::kSkipped);
  EXPECT_EQ(house.work_all(), 1);
  EXPECT_EQ(house.job(both).status, JobStatus::kCompleted);
  EXPECT_EQ(house.start_analyze(view).status, JobStatus::kCompleted) << "nothing is left to do";
  house.start_analyze(view, true);
  EXPECT_EQ(house.work_all(), 2);
}

TEST(JobRequests, RefusesAProviderThatIsNotConfiguredAndALanguageThatNobodySpeaks) {
  House house;
  AnalyzeRequest request;
  request.session = house.upload({"a.jpg"}).session.id.str();
  request.options.provider = "oracle";
  const Error provider = house.requests.analyze(house.who, request).error();
  EXPECT_EQ(provider.code, ErrorCode::kInvalidField);
  EXPECT_EQ(pointers_of(provider), std::vector<std::string>{"/options/provider"});
  request.options.provider = "local";
  request.options.language = "tlh";
  const Error language = house.requests.analyze(house.who, request).error();
  EXPECT_EQ(language.code, ErrorCode::kLanguageUnsupported);
  request.options.language = "en";
  EXPECT_TRUE(house.requests.analyze(house.who, request));
}

TEST(JobRequests, NamesImagesOfElsewhereAndThoseNamedTwice) {
  House house;
  const SessionView mine = house.upload({"a.jpg"});
  const SessionView other = house.upload({"b.jpg"});
  AnalyzeRequest request;
  request.session = mine.session.id.str();
  const std::string id = mine.images[0].id.str();
  request.image_ids = {other.images[0].id.str(), id, id, "';--"};
  const Error error = house.requests.analyze(house.who, request).error();
  EXPECT_EQ(error.code, ErrorCode::kInvalidField);
  EXPECT_EQ(pointers_of(error), (std::vector<std::string>{"/imageIds/0", "/imageIds/2", "/imageIds/3"}));
}

TEST(JobRequests, AnothersSessionAndAnEndedOneAreRefused) {
  House house;
  AnalyzeRequest request;
  request.session = house.upload({"a.jpg"}).session.id.str();
  EXPECT_EQ(house.requests.analyze(house.stranger(), request).error().code, ErrorCode::kNotFound);
  house.clock.advance(House::kDay);
  EXPECT_EQ(house.requests.analyze(house.who, request).error().code, ErrorCode::kSessionExpired);
}

TEST(JobRequests, ASampleTakesFiveImages) {
  House house;
  const SessionView view = house.upload({"1", "2", "3", "4", "5", "6"});
  ExportRequest request;
  request.session = view.session.id.str();
  EXPECT_EQ(house.requests.sample(house.who, request).error().code, ErrorCode::kTooManyImages);
  request.images.emplace();
  for (int i = 0; i < 5; ++i) {
    request.images->push_back({view.images[static_cast<std::size_t>(i)].id.str(), std::nullopt, std::nullopt});
  }
  const auto job = house.requests.sample(house.who, request);
  ASSERT_TRUE(job);
  house.work_all();
  EXPECT_TRUE(house.exports.find(house.who, job->export_id.str())->sample);
  EXPECT_EQ(house.sessions.find(house.who, request.session)->images[0].state(), "uploaded") << "a sample is no export";
}

TEST(JobRequests, AnExportsPatchIsCheckedAgainstTheWordsThatAreThere) {
  House house;
  const SessionView view = house.upload({"a.jpg", "b.jpg"});
  house.start_analyze(view);
  house.work_all();
  const domain::Image image = house.sessions.find(house.who, view.session.id.str())->images[0];
  Json words = domain::to_api_json(*image.metadata);
  words["alt"] = "Mine";
  const Json good{{"sessionId", view.session.id.str()},
                  {"images", Json::array({{{"id", image.id.str()}, {"metadata", words}}})}};
  const auto job = house.requests.start_export(house.who, parse_export_request(good).value());
  ASSERT_TRUE(job) << job.error().public_message;
  house.work_all();
  EXPECT_EQ(house.job(*job).status, JobStatus::kCompleted);
  EXPECT_EQ(house.engine.requests.at(0).metadata->alt, "Mine");

  Json bad = good;
  bad["images"][0]["metadata"] = {{"allt", "x"}};
  const Error error = house.requests.start_export(house.who, parse_export_request(bad).value()).error();
  EXPECT_EQ(error.code, ErrorCode::kUnknownField);
  EXPECT_EQ(pointers_of(error), std::vector<std::string>{"/images/0/metadata/allt"});
}

TEST(Jobs, AnothersJobIsNotThere) {
  House house;
  const domain::Job job = house.start_analyze(house.upload({"a.jpg"}));
  const domain::Principal stranger = house.stranger();
  EXPECT_EQ(house.jobs.find(stranger, job.id.str()).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(house.jobs.cancel(stranger, job.id.str()).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(house.jobs.list(stranger, {}, {})->items.empty());
  EXPECT_EQ(house.jobs.list(house.who, {}, {})->items.size(), 1U);
}

}  // namespace
}  // namespace pictor::service
