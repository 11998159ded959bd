#include "engine/pool/admission.hpp"

#include <atomic>
#include <future>
#include <gtest/gtest.h>
#include <thread>

namespace pictor::engine {
namespace {

using std::chrono::milliseconds;

/// Children of no process: both ends of the channel are kept here.
class AdmissionTest : public testing::Test {
 protected:
  void add_child(Admission& admission) {
    auto ends = Channel::socket_pair();
    ASSERT_TRUE(ends.has_value());
    auto child = std::make_unique<Child>();
    child->pid = next_pid_++;
    child->channel = Channel(std::move(ends->first));
    far_ends_.push_back(std::move(ends->second));
    admission.add(std::move(child));
  }
  static bool waits(const Admission& admission, int count) {
    for (int i = 0; i < 500; ++i) {
      if (admission.counts().waiting == count) {
        return true;
      }
      std::this_thread::sleep_for(milliseconds(2));
    }
    return false;
  }
  std::vector<UniqueFd> far_ends_;
  int next_pid_ = 100;
  std::atomic<int> missing_{0};
  std::function<void()> on_missing_ = [this] { ++missing_; };
};

TEST_F(AdmissionTest, who_came_first_is_served_first) {
  Admission admission({.workers = 1, .memory_budget = 100, .wait = milliseconds(5000)}, on_missing_);
  add_child(admission);
  auto held = admission.admit(Lane::kHeavy, 10, {});
  ASSERT_TRUE(held.has_value());
  std::vector<int> order;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      auto ticket = admission.admit(Lane::kHeavy, 10, {});
      ASSERT_TRUE(ticket.has_value());
      {
        const std::scoped_lock lock(mutex);
        order.push_back(i);
      }
      admission.give_back(*std::move(ticket));
    });
    ASSERT_TRUE(waits(admission, i + 1));
  }
  admission.give_back(*std::move(held));
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3}));
}

TEST_F(AdmissionTest, accounts_take_turns_and_what_somebody_waits_for_goes_before_a_batch) {
  Admission admission({.workers = 1, .memory_budget = 100, .wait = milliseconds(5000)}, on_missing_);
  add_child(admission);
  auto held = admission.admit(Lane::kHeavy, 10, {}, {}, {"a", true});
  ASSERT_TRUE(held.has_value());
  std::vector<std::string> order;
  std::mutex mutex;
  std::vector<std::thread> threads;
  const auto come = [&](const std::string& name, const domain::EngineTurn& turn) {
    threads.emplace_back([&, name, turn] {
      auto ticket = admission.admit(Lane::kHeavy, 10, {}, {}, turn);
      ASSERT_TRUE(ticket.has_value());
      {
        const std::scoped_lock lock(mutex);
        order.push_back(name);
      }
      admission.give_back(*std::move(ticket));
    });
    ASSERT_TRUE(waits(admission, static_cast<int>(threads.size())));
  };
  for (const char* name : {"a1", "a2"}) {
    come(name, {"a", true});
  }
  for (const char* name : {"a3", "a4", "a5", "a6"}) {
    come(name, {"a", false});
  }
  come("b1", {"b", false});
  come("b2", {"b", false});
  admission.give_back(*std::move(held));
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(order, (std::vector<std::string>{"b1", "a3", "b2", "a4", "a5", "a1", "a6", "a2"}));
}

TEST_F(AdmissionTest, retry_after_follows_from_what_waits_and_how_long_pictures_took) {
  Admission admission({.workers = 1, .memory_budget = 100, .wait = milliseconds(1)}, on_missing_);
  add_child(admission);
  auto held = admission.admit(Lane::kHeavy, 10, {});
  const auto late = admission.admit(Lane::kHeavy, 10, {});
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().retry_after_seconds, 1);
  held->since -= std::chrono::hours(10);
  admission.give_back(*std::move(held));
  held = admission.admit(Lane::kHeavy, 10, {});
  const auto later = admission.admit(Lane::kHeavy, 10, {});
  ASSERT_FALSE(later.has_value());
  EXPECT_EQ(later.error().retry_after_seconds, 60) << "bounded";
  admission.give_back(*std::move(held));
}

TEST_F(AdmissionTest, a_retry_goes_before_those_that_wait) {
  Admission admission({.workers = 1, .memory_budget = 100, .wait = milliseconds(5000)}, on_missing_);
  add_child(admission);
  auto held = admission.admit(Lane::kHeavy, 10, {});
  std::atomic<int> first{0};
  const auto wait_for_turn = [&](int name, std::optional<Moment> retry_of) {
    auto ticket = admission.admit(Lane::kHeavy, 10, {}, retry_of);
    int nobody = 0;
    first.compare_exchange_strong(nobody, name);
    admission.give_back(*std::move(ticket));
  };
  std::thread usual(wait_for_turn, 1, std::nullopt);
  ASSERT_TRUE(waits(admission, 1));
  std::thread retry(wait_for_turn, 2, Moment::min());
  ASSERT_TRUE(waits(admission, 2));
  admission.give_back(*std::move(held));
  usual.join();
  retry.join();
  EXPECT_EQ(first, 2);
}

TEST_F(AdmissionTest, a_retry_gets_a_child_that_is_younger_than_the_failure) {
  Admission admission({.workers = 2, .memory_budget = 100, .wait = milliseconds(5000)}, on_missing_);
  add_child(admission);
  const Moment failed = std::chrono::steady_clock::now();
  auto retry = std::async(std::launch::async, [&] { return admission.admit(Lane::kHeavy, 10, {}, failed); });
  ASSERT_TRUE(waits(admission, 1)) << "there is an idle child, but an old one";
  add_child(admission);
  auto ticket = retry.get();
  ASSERT_TRUE(ticket.has_value());
  EXPECT_EQ(ticket->child->pid, 101);
  admission.give_back(*std::move(ticket));
}

TEST_F(AdmissionTest, a_large_picture_is_not_overtaken_for_ever) {
  Admission admission({.workers = 3, .memory_budget = 100, .wait = milliseconds(5000)}, on_missing_);
  for (int i = 0; i < 4; ++i) {
    add_child(admission);
  }
  auto small = admission.admit(Lane::kHeavy, 30, {});
  auto large = std::async(std::launch::async, [&] { return admission.admit(Lane::kHeavy, 90, {}); });
  ASSERT_TRUE(waits(admission, 1));
  auto late = std::async(std::launch::async, [&] { return admission.admit(Lane::kHeavy, 20, {}); });
  ASSERT_TRUE(waits(admission, 2)) << "there would be room, but the large one was here before";
  admission.give_back(*std::move(small));
  auto ticket = large.get();
  ASSERT_TRUE(ticket.has_value());
  EXPECT_EQ(admission.counts().bytes_reserved, 90);
  admission.give_back(*std::move(ticket));
  auto last = late.get();
  ASSERT_TRUE(last.has_value());
  admission.give_back(*std::move(last));
}

TEST_F(AdmissionTest, an_upload_that_waits_for_memory_gets_it_before_heavy_work) {
  Admission admission({.workers = 2, .memory_budget = 100, .wait = milliseconds(5000)}, on_missing_);
  for (int i = 0; i < 3; ++i) {
    add_child(admission);
  }
  auto held = admission.admit(Lane::kHeavy, 60, {});
  auto upload = std::async(std::launch::async, [&] { return admission.admit(Lane::kLight, 50, {}); });
  ASSERT_TRUE(waits(admission, 1));
  auto heavy = std::async(std::launch::async, [&] { return admission.admit(Lane::kHeavy, 40, {}); });
  ASSERT_TRUE(waits(admission, 2));
  admission.give_back(*std::move(held));
  auto ticket = upload.get();
  ASSERT_TRUE(ticket.has_value());
  admission.give_back(*std::move(ticket));
  auto last = heavy.get();
  ASSERT_TRUE(last.has_value());
  admission.give_back(*std::move(last));
}

TEST_F(AdmissionTest, uploads_leave_children_to_heavy_work_that_waits) {
  Admission admission({.workers = 1, .memory_budget = 100, .wait = milliseconds(5000)}, on_missing_);
  add_child(admission);
  add_child(admission);
  auto first = admission.admit(Lane::kLight, 1, {});
  auto second = admission.admit(Lane::kLight, 1, {});
  ASSERT_TRUE(second.has_value()) << "nothing else waits: uploads may use all";
  auto heavy = std::async(std::launch::async, [&] { return admission.admit(Lane::kHeavy, 1, {}); });
  ASSERT_TRUE(waits(admission, 1));
  auto third = std::async(std::launch::async, [&] { return admission.admit(Lane::kLight, 1, {}); });
  ASSERT_TRUE(waits(admission, 2));
  admission.give_back(*std::move(first));
  auto ticket = heavy.get();
  ASSERT_TRUE(ticket.has_value());
  EXPECT_EQ(admission.counts().waiting, 1);
  admission.give_back(*std::move(second));
  auto last = third.get();
  ASSERT_TRUE(last.has_value());
  admission.give_back(*std::move(ticket));
  admission.give_back(*std::move(last));
}

TEST_F(AdmissionTest, a_child_that_died_idle_is_never_given_out) {
  Admission admission({.workers = 1, .memory_budget = 100, .wait = milliseconds(60)}, on_missing_);
  add_child(admission);
  far_ends_.clear();
  const auto ticket = admission.admit(Lane::kHeavy, 1, {});
  ASSERT_FALSE(ticket.has_value());
  EXPECT_EQ(ticket.error().code, ErrorCode::kOverloaded);
  EXPECT_EQ(missing_, 1);
  EXPECT_EQ(admission.counts().idle, 0);
}

TEST_F(AdmissionTest, close_refuses_new_requests_and_waits_for_old_ones) {
  Admission admission({.workers = 1, .memory_budget = 100, .wait = milliseconds(5000)}, on_missing_);
  add_child(admission);
  auto held = admission.admit(Lane::kHeavy, 1, {});
  std::atomic<bool> is_closed{false};
  std::thread closer([&] {
    admission.close();
    is_closed = true;
  });
  while (!held->child->channel.is_hung_up()) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  EXPECT_FALSE(is_closed);
  admission.release(*std::move(held));
  closer.join();
  const auto late = admission.admit(Lane::kLight, 1, {});
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace pictor::engine
