#include "engine/pool/engine_pool.hpp"

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "base/log.hpp"
#include "base/unique_fd.hpp"

namespace pictor::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// A "picture" for the double: it does what the words say.
UniqueFd picture(const std::string& words) {
  UniqueFd file(::memfd_create("picture", MFD_CLOEXEC));
  EXPECT_EQ(::write(file.get(), words.data(), words.size()), static_cast<ssize_t>(words.size()));
  return file;
}
UniqueFd empty_file() { return UniqueFd(::memfd_create("output", MFD_CLOEXEC)); }
std::string content_of(const UniqueFd& file) {
  std::array<char, 256> buffer{};
  const ssize_t got = ::pread(file.get(), buffer.data(), buffer.size(), 0);
  return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
}
domain::ImageInfo small_info() {
  domain::ImageInfo info;
  info.width = 640;
  info.height = 480;
  return info;
}
bool is_alive(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  return std::getline(file, text) && text.find(") Z ") == std::string::npos;
}
bool comes_true(const std::function<bool()>& condition, milliseconds within) {
  const auto deadline = steady_clock::now() + within;
  while (!condition()) {
    if (steady_clock::now() > deadline) {
      return false;
    }
    std::this_thread::sleep_for(milliseconds(2));
  }
  return true;
}
milliseconds time_of(const std::function<void()>& action) {
  const auto began = steady_clock::now();
  action();
  return std::chrono::duration_cast<milliseconds>(steady_clock::now() - began);
}

PoolConfig double_config() {
  PoolConfig config;
  config.engine_path = std::string(PICTOR_BINARY_DIR) + "/pictor-engine-double";
  config.workers = 2;
  config.memory_budget = 1LL << 30U;
  config.timeouts = {milliseconds(3000), milliseconds(3000), milliseconds(3000), milliseconds(3000), milliseconds(200)};
  config.admission_wait = milliseconds(3000);
  return config;
}
std::unique_ptr<EnginePool> start(const PoolConfig& config) {
  auto pool = EnginePool::start(config);
  EXPECT_TRUE(pool.has_value()) << (pool ? "" : pool.error().private_message);
  return pool ? *std::move(pool) : nullptr;
}
Result<domain::Facts> look(EnginePool& pool, const std::string& words, std::stop_token stop = {}) {
  return pool.look(picture(words).get(), small_info(), stop);
}
Result<domain::RenderResult> render(EnginePool& pool, const std::string& words, const UniqueFd& output) {
  domain::RenderRequest request;
  request.targets = {{"full", std::nullopt}};
  const std::array outputs = {output.get()};
  return pool.render(picture(words).get(), small_info(), request, outputs, {}, {});
}

TEST(EnginePoolTest, every_operation_answers) {
  const auto pool = start(double_config());
  ASSERT_TRUE(comes_true([&] { return pool->stats().children == 3; }, milliseconds(2000)));
  EXPECT_TRUE(pool->ready());
  EXPECT_EQ(pool->vision(), "double");

  const auto info = pool->probe(picture("fine").get());
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->width, 640);

  const UniqueFd thumbnail = empty_file();
  const auto preview = pool->preview(picture("fine").get(), *info, thumbnail.get());
  ASSERT_TRUE(preview.has_value());
  EXPECT_EQ(preview->thumbnail_bytes, 9) << "measured, not believed";

  const auto facts = look(*pool, "fine");
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->subject.label, "dog");

  domain::RenderRequest request;
  request.targets = {{"full", std::nullopt}, {"480w", 480}};
  const UniqueFd first = empty_file();
  const UniqueFd second = empty_file();
  const std::array outputs = {first.get(), second.get()};
  std::vector<std::string> steps;
  const auto result = pool->render(picture("fine").get(), *info, request, outputs, {},
                                   [&](const std::string& step) { steps.push_back(step); });
  ASSERT_TRUE(result.has_value());
  ASSERT_EQ(result->files.size(), 2U);
  EXPECT_EQ(result->files[1].name, "480w");
  EXPECT_EQ(result->files[1].bytes, 8);
  EXPECT_EQ(content_of(second), "rendered");
  EXPECT_EQ(steps, (std::vector<std::string>{"decoding", "encoding"}));
  EXPECT_EQ(pool->stats().requests, 4);
  EXPECT_EQ(pool->stats().bytes_reserved, 0);
}

TEST(EnginePoolTest, a_childs_refusal_reaches_the_caller) {
  const auto pool = start(double_config());
  const auto info = pool->probe(picture("too many frames").get());
  ASSERT_FALSE(info.has_value());
  EXPECT_EQ(info.error().code, ErrorCode::kAnimationTooLong);
  EXPECT_EQ(pool->stats().retries, 0);
}

TEST(EnginePoolTest, what_a_library_throws_stays_out_of_the_public_message) {
  const auto pool = start(double_config());
  const auto facts = look(*pool, "throw");
  ASSERT_FALSE(facts.has_value());
  EXPECT_EQ(facts.error().code, ErrorCode::kInternal);
  EXPECT_EQ(facts.error().public_message.find("secret"), std::string::npos);
  EXPECT_NE(facts.error().private_message.find("went wrong"), std::string::npos);
}

TEST(EnginePoolTest, a_crash_is_tried_once_more_and_then_given_up) {
  const auto pool = start(double_config());
  const auto facts = look(*pool, "crash");
  ASSERT_FALSE(facts.has_value());
  EXPECT_EQ(facts.error().code, ErrorCode::kImageUnreadable);
  EXPECT_EQ(pool->stats().crashes, 2);
  EXPECT_EQ(pool->stats().retries, 1);
  EXPECT_TRUE(look(*pool, "fine").has_value());
}

TEST(EnginePoolTest, a_child_that_just_leaves_counts_as_crashed) {
  const auto pool = start(double_config());
  const auto facts = look(*pool, "exit");
  ASSERT_FALSE(facts.has_value());
  EXPECT_EQ(facts.error().code, ErrorCode::kImageUnreadable);
}

TEST(EnginePoolTest, a_retry_succeeds_and_finds_its_output_empty) {
  const auto pool = start(double_config());
  const UniqueFd output = empty_file();
  const auto result = render(*pool, "crash once", output);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(content_of(output), "rendered") << "nothing of the first attempt";
  EXPECT_EQ(result->files[0].bytes, 8);
  EXPECT_EQ(pool->stats().crashes, 1);
}

TEST(EnginePoolTest, a_hang_is_a_timeout_within_a_quarter_more_than_its_limit) {
  PoolConfig config = double_config();
  config.timeouts.look = milliseconds(400);
  const auto pool = start(config);
  const milliseconds took = time_of([&] {
    const auto facts = look(*pool, "hang");
    ASSERT_FALSE(facts.has_value());
    EXPECT_EQ(facts.error().code, ErrorCode::kProcessingTimeout);
  });
  EXPECT_GE(took, milliseconds(600));
  EXPECT_LT(took, milliseconds(1500));
  EXPECT_EQ(pool->stats().timeouts, 2);
  EXPECT_TRUE(comes_true([&] { return pool->stats().children == 3; }, milliseconds(200)));
}

TEST(EnginePoolTest, a_hang_that_was_not_the_pictures_fault_is_mended_by_the_retry) {
  PoolConfig config = double_config();
  config.timeouts.look = milliseconds(300);
  const auto pool = start(config);
  EXPECT_TRUE(look(*pool, "hang once").has_value());
  EXPECT_EQ(pool->stats().timeouts, 1);
}

TEST(EnginePoolTest, nonsense_floods_and_lies_fail_only_their_picture) {
  const auto pool = start(double_config());
  for (const std::string words : {"garbage", "giant frame", "flood"}) {
    const auto facts = look(*pool, words);
    ASSERT_FALSE(facts.has_value()) << words;
    EXPECT_EQ(facts.error().code, ErrorCode::kImageUnreadable) << words;
  }
  const UniqueFd output = empty_file();
  const auto result = render(*pool, "lie about files", output);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kImageUnreadable);
  EXPECT_TRUE(look(*pool, "fine").has_value());
}

TEST(EnginePoolTest, a_child_that_wants_all_memory_is_refused_and_lives) {
  PoolConfig config = double_config();
  config.child_memory = 256LL << 20U;
  const auto pool = start(config);
  const auto facts = look(*pool, "memory");
  ASSERT_FALSE(facts.has_value());
  EXPECT_EQ(facts.error().code, ErrorCode::kImageTooLarge);
  EXPECT_EQ(pool->stats().crashes, 0);
}

TEST(EnginePoolTest, the_pool_is_whole_within_200_ms_after_a_kill) {
  const auto pool = start(double_config());
  ASSERT_TRUE(comes_true([&] { return pool->stats().children == 3; }, milliseconds(2000)));
  const std::vector<int> before = pool->children();
  for (const int pid : before) {
    ::kill(pid, SIGKILL);
  }
  EXPECT_TRUE(comes_true(
      [&] {
        const std::vector<int> now = pool->children();
        return now.size() == 3 &&
               std::ranges::none_of(now, [&](int pid) { return std::ranges::count(before, pid) > 0; });
      },
      milliseconds(200)));
  EXPECT_TRUE(look(*pool, "fine").has_value());
  EXPECT_EQ(pool->stats().retries, 0) << "a child that died idle costs no attempt";
}

TEST(EnginePoolTest, a_child_killed_at_work_costs_one_retry) {
  PoolConfig config = double_config();
  config.workers = 1;
  const auto pool = start(config);
  auto answer = std::async(std::launch::async, [&] { return look(*pool, "sleep 400"); });
  ASSERT_TRUE(comes_true([&] { return pool->stats().busy == 1; }, milliseconds(1000)));
  for (const int pid : pool->children()) {
    ::kill(pid, SIGKILL);
  }
  EXPECT_TRUE(answer.get().has_value());
  EXPECT_EQ(pool->stats().retries, 1);
}

TEST(EnginePoolTest, the_fork_server_may_die_at_any_time) {
  const auto pool = start(double_config());
  auto answer = std::async(std::launch::async, [&] { return look(*pool, "sleep 300"); });
  ASSERT_TRUE(comes_true([&] { return pool->stats().busy == 1; }, milliseconds(1000)));
  const int before = pool->fork_server();
  const std::vector<int> children = pool->children();
  ::kill(before, SIGKILL);
  EXPECT_TRUE(answer.get().has_value()) << "one retry, on a child of the next fork server";
  EXPECT_TRUE(comes_true([&] { return pool->ready() && pool->stats().children == 3; }, milliseconds(3000)));
  EXPECT_NE(pool->fork_server(), before);
  EXPECT_GE(pool->stats().engine_restarts, 1);
  for (const int pid : children) {
    EXPECT_TRUE(comes_true([&] { return !is_alive(pid); }, milliseconds(1000))) << pid;
  }
}

TEST(EnginePoolTest, nothing_is_left_over_after_the_end) {
  auto pool = start(double_config());
  ASSERT_TRUE(comes_true([&] { return pool->stats().children == 3; }, milliseconds(2000)));
  std::vector<int> processes = pool->children();
  processes.push_back(pool->fork_server());
  auto answer = std::async(std::launch::async, [&] { return look(*pool, "hang"); });
  ASSERT_TRUE(comes_true([&] { return pool->stats().busy == 1; }, milliseconds(1000)));
  EXPECT_LT(time_of([&] { pool.reset(); }), milliseconds(1000));
  const auto facts = answer.get();
  ASSERT_FALSE(facts.has_value());
  EXPECT_EQ(facts.error().code, ErrorCode::kCancelled);
  for (const int pid : processes) {
    EXPECT_TRUE(comes_true([&] { return !is_alive(pid); }, milliseconds(1000))) << pid;
  }
}

TEST(EnginePoolTest, a_stop_ends_the_work_promptly) {
  const auto pool = start(double_config());
  std::stop_source stop;
  auto answer = std::async(std::launch::async, [&] { return look(*pool, "hang", stop.get_token()); });
  ASSERT_TRUE(comes_true([&] { return pool->stats().busy == 1; }, milliseconds(1000)));
  const milliseconds took = time_of([&] {
    stop.request_stop();
    EXPECT_EQ(answer.get().error().code, ErrorCode::kCancelled);
  });
  EXPECT_LT(took, milliseconds(500));
  EXPECT_EQ(pool->stats().cancelled, 1);
  EXPECT_EQ(pool->stats().crashes, 0);
  EXPECT_TRUE(look(*pool, "fine").has_value());
}

TEST(EnginePoolTest, a_stop_ends_the_waiting_too) {
  PoolConfig config = double_config();
  config.workers = 1;
  const auto pool = start(config);
  std::stop_source stop;
  auto first = std::async(std::launch::async, [&] { return look(*pool, "hang", stop.get_token()); });
  ASSERT_TRUE(comes_true([&] { return pool->stats().busy == 1; }, milliseconds(1000)));
  auto second = std::async(std::launch::async, [&] { return look(*pool, "fine", stop.get_token()); });
  ASSERT_TRUE(comes_true([&] { return pool->stats().waiting == 1; }, milliseconds(1000)));
  stop.request_stop();
  EXPECT_EQ(first.get().error().code, ErrorCode::kCancelled);
  EXPECT_EQ(second.get().error().code, ErrorCode::kCancelled);
}

TEST(EnginePoolTest, heavy_work_uses_its_workers_at_once_and_leaves_one_for_uploads) {
  const auto pool = start(double_config());
  std::vector<std::future<Result<domain::Facts>>> answers;
  for (int i = 0; i < 6; ++i) {
    answers.push_back(std::async(std::launch::async, [&] { return look(*pool, "sleep 300"); }));
  }
  ASSERT_TRUE(comes_true([&] { return pool->stats().busy == 2 && pool->stats().waiting == 4; }, milliseconds(1000)));
  EXPECT_LT(time_of([&] { EXPECT_TRUE(pool->probe(picture("fine").get()).has_value()); }), milliseconds(200));
  for (auto& answer : answers) {
    EXPECT_TRUE(answer.get().has_value());
  }
}

TEST(EnginePoolTest, memory_is_given_out_by_price) {
  PoolConfig config = double_config();
  config.memory_budget = 120LL << 20U;  // two small pictures (48 MiB and a little each), not three
  config.workers = 4;
  const auto pool = start(config);
  std::vector<std::future<Result<domain::Facts>>> answers;
  for (int i = 0; i < 4; ++i) {
    answers.push_back(std::async(std::launch::async, [&] { return look(*pool, "sleep 200"); }));
  }
  ASSERT_TRUE(comes_true([&] { return pool->stats().busy == 2 && pool->stats().waiting == 2; }, milliseconds(1000)));
  EXPECT_LE(pool->stats().bytes_reserved, config.memory_budget);
  for (auto& answer : answers) {
    EXPECT_TRUE(answer.get().has_value());
  }
  EXPECT_EQ(pool->stats().bytes_reserved, 0);
}

TEST(EnginePoolTest, what_never_fits_is_too_large_at_once) {
  PoolConfig config = double_config();
  config.memory_budget = 200LL << 20U;
  const auto pool = start(config);
  domain::ImageInfo info = small_info();
  info.width = 9'000;
  info.height = 9'000;
  const auto facts = pool->look(picture("fine").get(), info, {});
  ASSERT_FALSE(facts.has_value());
  EXPECT_EQ(facts.error().code, ErrorCode::kImageTooLarge);
}

TEST(EnginePoolTest, what_does_not_fit_in_time_is_overloaded) {
  PoolConfig config = double_config();
  config.workers = 1;
  config.admission_wait = milliseconds(100);
  const auto pool = start(config);
  auto first = std::async(std::launch::async, [&] { return look(*pool, "sleep 600"); });
  ASSERT_TRUE(comes_true([&] { return pool->stats().busy == 1; }, milliseconds(1000)));
  const auto second = look(*pool, "fine");
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kOverloaded);
  EXPECT_GT(second.error().retry_after_seconds.value_or(0), 0);
  EXPECT_EQ(pool->stats().overloaded, 1);
  EXPECT_TRUE(first.get().has_value());
}

TEST(EnginePoolTest, limits_are_checked_on_this_side_too) {
  const auto pool = start(double_config());
  const auto info = pool->probe(picture("huge").get());
  ASSERT_FALSE(info.has_value());
  EXPECT_EQ(info.error().code, ErrorCode::kImageTooLarge);
}

TEST(EnginePoolTest, a_child_is_replaced_after_its_share) {
  PoolConfig config = double_config();
  config.workers = 1;
  config.recycle_after = 3;
  const auto pool = start(config);
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(look(*pool, "fine").has_value());
  }
  EXPECT_GE(pool->stats().recycled, 3);
  EXPECT_EQ(pool->stats().retries, 0);
  EXPECT_TRUE(comes_true([&] { return pool->stats().children == 2; }, milliseconds(500)));
}

TEST(EnginePoolTest, a_picture_is_read_from_its_start_whatever_the_position_and_by_many_at_once) {
  const auto pool = start(double_config());
  const UniqueFd file = picture("fine");  // its position is at the end
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { good += pool->probe(file.get()).has_value() ? 1 : 0; });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(good, 8);
}

TEST(EnginePoolTest, many_requests_with_crashes_between_them_all_end) {
  const auto pool = start(double_config());
  std::vector<std::future<bool>> answers;
  for (int i = 0; i < 60; ++i) {
    const bool is_bad = i % 10 == 0;
    answers.push_back(std::async(std::launch::async, [&pool, is_bad] {
      const auto facts = look(*pool, is_bad ? "crash" : "fine");
      return is_bad ? !facts && facts.error().code == ErrorCode::kImageUnreadable : facts.has_value();
    }));
  }
  for (auto& answer : answers) {
    EXPECT_TRUE(answer.get());
  }
  EXPECT_TRUE(comes_true([&] { return pool->stats().children == 3 && pool->stats().busy == 0; }, milliseconds(500)));
}

TEST(EnginePoolTest, a_missing_program_is_a_failure_and_not_a_wait) {
  PoolConfig config = double_config();
  config.engine_path = "/nowhere/pictor-engine";
  const milliseconds took = time_of([&] { EXPECT_FALSE(EnginePool::start(config).has_value()); });
  EXPECT_LT(took, milliseconds(1000));
}

TEST(EnginePoolTest, a_program_that_ends_at_once_or_cannot_load_is_a_failure) {
  PoolConfig config = double_config();
  config.engine_path = "/bin/true";
  EXPECT_FALSE(EnginePool::start(config).has_value());
  config = double_config();
  config.models = "broken";
  const auto pool = EnginePool::start(config);
  ASSERT_FALSE(pool.has_value());
  EXPECT_NE(pool.error().private_message.find("told to be broken"), std::string::npos);
}

TEST(EnginePoolTest, leaves_no_descriptor_behind) {
  const auto count = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
  };
  {
    const auto warm_up = start(double_config());
  }
  const auto before = count();
  {
    const auto pool = start(double_config());
    for (const std::string words : {"fine", "crash", "garbage", "fine"}) {
      (void)look(*pool, words);
    }
  }
  EXPECT_EQ(count(), before);
}

}  // namespace
}  // namespace pictor::engine
