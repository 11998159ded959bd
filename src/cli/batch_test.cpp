#include "cli/batch.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <thread>

namespace pictor::cli {
namespace {

TEST(Batch, ReportsInTheOrderOfTheListAndCountsFailures) {
  std::vector<std::string> files;
  for (int i = 0; i < 50; ++i) {
    files.push_back(std::to_string(i));
  }
  std::vector<std::string> seen;
  Batch<int> batch{files, 4,
                   [](const std::string& file) -> Result<int> {
                     const int number = std::stoi(file);
                     std::this_thread::sleep_for(std::chrono::microseconds(100 * (number % 7)));
                     if (number % 10 == 3) {
                       return fail({ErrorCode::kImageUnreadable, "no"});
                     }
                     return number;
                   },
                   [&](const std::string& file, const Result<int>& outcome) {
                     seen.push_back(file);
                     EXPECT_EQ(outcome.has_value(), std::stoi(file) % 10 != 3);
                   }};
  EXPECT_EQ(batch.run(), 5);
  EXPECT_EQ(seen, files);
}

TEST(Batch, OfNothingIsNothing) {
  Batch<int> batch{{},
                   4,
                   [](const std::string&) -> Result<int> { return 1; },
                   [](const std::string&, const Result<int>&) { FAIL(); }};
  EXPECT_EQ(batch.run(), 0);
}

}  // namespace
}  // namespace pictor::cli
