#include "jobs/housekeeper.hpp"

#include <atomic>
#include <gtest/gtest.h>

#include "service/testing/fakes.hpp"

namespace pictor::jobs {
namespace {

using service::testing::House;

bool soon(const std::function<bool()>& holds) {
  for (int i = 0; i < 1'000 && !holds(); ++i) {
    std::this_thread::sleep_for(milliseconds(5));
  }
  return holds();
}

TEST(Housekeeper, RunsEachChoreAsOftenAsItWants) {
  std::atomic<int> often{0};
  std::atomic<int> never{0};
  Housekeeper keeper({{"often", milliseconds(5), [&]() -> Result<int> { return ++often; }, false},
                      {"hourly", milliseconds(3'600'000), [&]() -> Result<int> { return ++never; }, false}});
  keeper.start();
  EXPECT_TRUE(soon([&] { return often >= 5; }));
  keeper.stop();
  EXPECT_EQ(never, 0);
}

TEST(Housekeeper, AChoreThatFailsOrThrowsStopsNoOther) {
  std::atomic<int> failed{0};
  std::atomic<int> thrown{0};
  std::atomic<int> good{0};
  Housekeeper keeper({{"fails", milliseconds(5),
                       [&]() -> Result<int> {
                         ++failed;
                         return fail_internal("no disk");
                       },
                       true},
                      {"throws", milliseconds(5),
                       [&]() -> Result<int> {
                         ++thrown;
                         throw std::runtime_error("no memory");
                       },
                       true},
                      {"works", milliseconds(5), [&]() -> Result<int> { return ++good; }, true}});
  keeper.start();
  EXPECT_TRUE(soon([&] { return failed >= 2 && thrown >= 2 && good >= 2; }));
}

TEST(Housekeeper, EndsSessionsAndSweepsFilesBesideTheirUse) {
  House house;
  const auto view = house.upload({"a.jpg"});
  const domain::BlobId left_over = house.incoming("x", "bytes that no row names").blob->id;
  house.clock.advance(House::kDay);
  const auto is_named = [&](const domain::BlobId& id) { return house.session_store.is_blob_named(id); };
  Housekeeper keeper({{"sessions", milliseconds(60'000), [&] { return house.sessions.expire(); }, true},
                      {"sweep", milliseconds(60'000), [&] { return house.blobs->sweep(is_named); }, true}});
  keeper.start();
  EXPECT_TRUE(soon([&] { return !house.blobs->open(left_over) && !house.blobs->open(view.images[0].blob); }));
  EXPECT_EQ(house.sessions.find(house.who, view.session.id.str()).error().code, ErrorCode::kSessionExpired);
}

}  // namespace
}  // namespace pictor::jobs
