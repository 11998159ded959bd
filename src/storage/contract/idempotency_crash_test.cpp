#include <array>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <set>
#include <signal.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "storage/sqlite/sqlite_units_of_work.hpp"
#include "storage/testing/rows.hpp"

/// Idempotent requests of a server that is killed with -9 at any moment: never a second effect, never a lost answer.
namespace pictor::storage {
namespace {

using testing::kDay;
using testing::kNow;
using State = domain::IdempotencyStore::State;

constexpr int kCrashes = 15;
constexpr int kThreads = 4;

std::string key_name(int thread, int number) { return std::to_string(thread) + "/" + std::to_string(number); }

/// A POST that makes a session named like its key. @return true when the client was told so
bool request(testing::Stores& stores, const domain::AccountId& account, const std::string& name,
             const std::string& owner) {
  const domain::IdempotencyKey key{account.str(), name};
  if (stores.idempotency.begin(key, name, owner, kNow, kNow - kDay).value().state != State::kNew) {
    return false;
  }
  testing::make_account(stores.accounts, account);
  SqliteUnitsOfWork units(*stores.database);
  const auto unit = units.begin();
  const domain::Session session = testing::session_of(account);
  testing::must(stores.sessions.create(session, {testing::image_of(session, 0, name)}));
  testing::must(stores.idempotency.finish(key, owner, {201, {}, session.id.str(), "", ""}));
  testing::must(unit->commit());
  return true;
}

/// Answers requests until it is killed; writes what it told into `told`.
[[noreturn]] void live_until_killed(const std::string& folder, const domain::AccountId& account, int told) {
  try {
    testing::Stores stores(folder);
    const std::string owner = "life " + std::to_string(::getpid());
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int number = 0;; ++number) {
          const std::string name = key_name(thread, number);
          const std::string line = name + "\n";
          if (request(stores, account, name, owner) &&
              ::write(told, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
            return;
          }
        }
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "the child failed: %s\n", problem.what());
  }
  ::_exit(1);
}

std::multiset<std::string> names_of_sessions(testing::Stores& stores, const domain::AccountId& account) {
  std::multiset<std::string> names;
  domain::PageRequest page{100, ""};
  while (true) {
    const auto found = stores.sessions.list(account, page).value();
    for (const domain::Session& session : found.items) {
      names.insert(stores.sessions.images(account, session.id).value().at(0).original_filename);
    }
    if (!found.next_cursor) {
      return names;
    }
    page.cursor = *found.next_cursor;
  }
}

class IdempotencyCrash : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::pipe(told_.data()), 0); }
  void TearDown() override {
    ::close(told_[0]);
    ::close(told_[1]);
  }
  void live_and_die(int after_ms) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      live_until_killed(folder_.path, account_, told_[1]);
    }
    std::this_thread::sleep_for(milliseconds(after_ms));  // the moment is the point: there is nothing to wait for
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
  }
  /// What children told since the last call.
  std::set<std::string> told() {
    std::string text;
    EXPECT_EQ(::write(told_[1], "\n\n", 2), 2);
    while (!text.ends_with("\n\n") && text != "\n\n") {
      char letter = 0;
      if (::read(told_[0], &letter, 1) != 1) {
        break;
      }
      text += letter;
    }
    std::set<std::string> names;
    for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
      if (end > at) {
        names.insert(text.substr(at, end - at));
      }
    }
    return names;
  }

  testing::TemporaryFolder folder_;
  domain::AccountId account_ = domain::AccountId::make(kNow);
  std::array<int, 2> told_{};
};

TEST_F(IdempotencyCrash, EveryAnswerThatWasToldStaysAndEveryEffectIsThereOnce) {
  std::mt19937 dice(17);
  std::set<std::string> known;
  for (int crash = 0; crash < kCrashes; ++crash) {
    live_and_die(std::uniform_int_distribution(20, 120)(dice));
    known.merge(told());
    testing::Stores stores(folder_.path);
    const std::multiset<std::string> sessions = names_of_sessions(stores, account_);
    for (const std::string& name : known) {
      EXPECT_EQ(sessions.count(name), 1U) << name << " was told";
    }
    for (const std::string& name : std::set<std::string>(sessions.begin(), sessions.end())) {
      EXPECT_EQ(sessions.count(name), 1U);
      const auto again = stores.idempotency.begin({account_.str(), name}, name, "next", kNow, kNow - kDay).value();
      EXPECT_EQ(again.state, State::kDone) << name << " has its effect without its answer";
    }
    // What was being done can be done now, once.
    for (int thread = 0; thread < kThreads; ++thread) {
      int number = 0;
      while (sessions.contains(key_name(thread, number))) {
        ++number;
      }
      EXPECT_TRUE(request(stores, account_, key_name(thread, number), "next"));
      EXPECT_FALSE(request(stores, account_, key_name(thread, number), "next"));
    }
  }
  EXPECT_GT(known.size(), 20U) << "the children hardly lived";
}

}  // namespace
}  // namespace pictor::storage
