#include "service/optimizer.hpp"

#include <gtest/gtest.h>

#include "service/idempotent_requests.hpp"
#include "service/testing/fakes.hpp"
#include "storage/sqlite/sqlite_idempotency_store.hpp"
#include "storage/sqlite/sqlite_units_of_work.hpp"

namespace pictor::service {
namespace {

using testing::House;
using Fields = std::vector<std::pair<std::string, std::string>>;

std::string name_for(House& house, const Fields& fields, const std::string& upload_name) {
  OptimizeRequest request = parse_optimize_fields(fields).value();
  request.image = house.incoming(upload_name, "IMG 640x480");
  return house.optimizer.optimize(house.who, request, {}).value().variant.filename;
}

TEST(ParseOptimize, SplitsItsOwnFieldsFromTheSettings) {
  const auto request = parse_optimize_fields(
      {{"format", "jpeg"}, {"analyze", "true"}, {"language", "en"}, {"filename", "red-fox.png"}, {"width", "100"}});
  ASSERT_TRUE(request);
  EXPECT_TRUE(request->analyze);
  EXPECT_EQ(request->filename, "red-fox");
  EXPECT_EQ(request->settings.format, domain::ImageFormat::kJpeg);
  EXPECT_EQ(request->settings.resize->width, 100);
}

TEST(ParseOptimize, NamesWhatIsWrongAsAQueryParameter) {
  EXPECT_EQ(parse_optimize_fields({{"analyze", "maybe"}}).error().fields.at(0).pointer, "?analyze");
  EXPECT_EQ(parse_optimize_fields({{"filename", "../x"}}).error().fields.at(0).pointer, "?filename");
  EXPECT_EQ(parse_optimize_fields({{"qualty", "80"}}).error().code, ErrorCode::kUnknownField);
  EXPECT_EQ(parse_optimize_fields({{"qualty", "80"}}).error().fields.at(0).pointer, "?qualty");
}

TEST(Optimizer, TheNameIsTheWantedOneElseTheUploadsElseTheDigests) {
  House house;
  EXPECT_EQ(name_for(house, {{"filename", "mine"}}, "IMG_1.png"), "mine.webp");
  EXPECT_EQ(name_for(house, {{"format", "jpeg"}}, "IMG_1.png"), "IMG_1.jpg");
  const std::string digest = house.incoming("", "IMG 640x480").blob->id;
  EXPECT_EQ(name_for(house, {}, ""), "image-" + digest.substr(0, 8) + ".webp");
}

TEST(Optimizer, GivesTheFileAndWritesNoSession) {
  House house;
  OptimizeRequest request;
  request.image = house.incoming("a.jpg", "IMG 640x480");
  const auto result = house.optimizer.optimize(house.who, request, {});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->source_bytes, 11);
  EXPECT_TRUE(result->file.valid());
  EXPECT_FALSE(result->metadata);
  EXPECT_FALSE(result->kept);
  EXPECT_EQ(house.engine.looks, 0);
  EXPECT_EQ(house.engine.previews, 0) << "no thumbnail is made";
  EXPECT_TRUE(house.sessions.list(house.who, {})->items.empty());
}

TEST(Optimizer, AnalyzeAddsWordsAndEmbedsThem) {
  House house;
  OptimizeRequest request;
  request.image = house.incoming("a.jpg", "IMG 640x480");
  request.analyze = true;
  const auto result = house.optimizer.optimize(house.who, request, {});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->metadata->alt, "A picture 640 wide");
  EXPECT_EQ(house.engine.requests.at(0).metadata->alt, "A picture 640 wide");
}

TEST(Optimizer, ALanguageThatNobodySpeaksIsRefusedBeforeAnyPixel) {
  House house;
  OptimizeRequest request;
  request.image = house.incoming("a.jpg", "IMG 640x480");
  request.analyze = true;
  request.language = "tlh";
  const Error error = house.optimizer.optimize(house.who, request, {}).error();
  EXPECT_EQ(error.code, ErrorCode::kLanguageUnsupported);
  EXPECT_EQ(error.fields.at(0).pointer, "?language");
  EXPECT_EQ(house.engine.looks, 0);
}

TEST(Optimizer, AKeptResultIsReadForAnHourByItsAccount) {
  House house;
  OptimizeRequest request;
  request.image = house.incoming("a.jpg", "IMG 640x480");
  request.keep_result = true;
  std::string id;
  {
    const auto result = house.optimizer.optimize(house.who, request, {});
    ASSERT_TRUE(result);
    ASSERT_TRUE(result->kept);
    id = result->kept->id.str();
  }
  EXPECT_TRUE(house.exports.file(house.who, id, "a.webp"));
  EXPECT_EQ(house.exports.find(house.stranger(), id).error().code, ErrorCode::kNotFound);
  house.clock.advance(milliseconds(3'600'000));
  EXPECT_FALSE(house.exports.find(house.who, id));
  const auto expired = house.exports.expire();
  ASSERT_TRUE(expired);
  EXPECT_EQ(*expired, 1);
}

/// What a request with an Idempotency-Key gives the optimizer.
OptimizeRequest tied_to(IdempotentRequests::Attempt& attempt, service::Incoming image) {
  OptimizeRequest request;
  request.image = std::move(image);
  request.keep_result = true;
  request.before_effects = [&attempt] { attempt.begin_effects(); };
  request.when_undone = [&attempt](std::function<void()> call) { attempt.when_undone(std::move(call)); };
  return request;
}

TEST(Optimizer, CreditsOfAnIdempotentCallThatFailsAreBackAtOnce) {
  House house;
  storage::SqliteIdempotencyStore store(*house.database);
  storage::SqliteUnitsOfWork units(*house.database);
  IdempotentRequests requests(
      store, units, *house.blobs, [](const domain::BlobId&) { return true; }, house.clock, "pepper", House::kDay);
  const domain::IdempotencyKey key{house.who.account.str(), "order 17"};
  const auto money = [&house] {
    const domain::Balance balance = house.ledger.balance(house.who.account).value();
    return std::pair(balance.available, balance.held);
  };
  const auto whole = money();
  const auto begin = [&] {
    return std::get<std::unique_ptr<IdempotentRequests::Attempt>>(requests.begin(key, "one").value());
  };
  {
    const auto attempt = begin();
    OptimizeRequest request = tied_to(*attempt, house.incoming("a.jpg", "IMG 10x10 broken"));
    EXPECT_FALSE(house.optimizer.optimize(house.who, request, {}));
  }
  EXPECT_EQ(money(), whole) << "the picture failed";
  {
    // Inside of the transaction that is rolled back.
    const auto attempt = begin();
    OptimizeRequest request = tied_to(*attempt, house.incoming("a.jpg", "IMG 640x480"));
    house.database->writer()->execute(
        "CREATE TRIGGER full BEFORE INSERT ON exports BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    EXPECT_FALSE(house.optimizer.optimize(house.who, request, {}));
  }
  house.database->writer()->execute("DROP TRIGGER full");
  EXPECT_EQ(money(), whole) << "its row could not be written";
  {
    const auto attempt = begin();
    OptimizeRequest request = tied_to(*attempt, house.incoming("a.jpg", "IMG 640x480"));
    EXPECT_TRUE(house.optimizer.optimize(house.who, request, {}));
  }
  EXPECT_EQ(money(), whole) << "its answer was not stored";
  {
    const auto attempt = begin();
    OptimizeRequest request = tied_to(*attempt, house.incoming("a.jpg", "IMG 640x480"));
    EXPECT_TRUE(house.optimizer.optimize(house.who, request, {}));
    ASSERT_TRUE(attempt->finish({200, {}, "", "", ""}));
  }
  EXPECT_EQ(money(), std::pair(whole.first - 1, whole.second)) << "now it succeeded, and is paid once";
  EXPECT_TRUE(house.ledger.mismatches().value().empty());
}

TEST(Optimizer, RefusalsAreThoseOfTheEngine) {
  House house;
  OptimizeRequest request;
  request.image = house.incoming("a.txt", "hello");
  EXPECT_EQ(house.optimizer.optimize(house.who, request, {}).error().code, ErrorCode::kUnsupportedMediaType);
  request.image = house.incoming("a.jpg", "IMG 10x10 broken");
  EXPECT_EQ(house.optimizer.optimize(house.who, request, {}).error().code, ErrorCode::kImageUnreadable);
  house.engine.overloads = 1;
  request.image = house.incoming("a.jpg", "IMG 10x10");
  EXPECT_EQ(house.optimizer.optimize(house.who, request, {}).error().code, ErrorCode::kOverloaded);
}

}  // namespace
}  // namespace pictor::service
