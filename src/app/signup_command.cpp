#include "app/signup_command.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <spawn.h>
#include <sys/wait.h>
#include <utility>

#include "base/log.hpp"

extern char** environ;

namespace pictor::app {
namespace {

constexpr std::size_t kMostWaiting = 1'000;
constexpr std::chrono::seconds kLongest{60};
constexpr std::chrono::milliseconds kLook{20};

/// Ours without what this server keeps secret or is set by, and the account.
std::vector<std::string> environment_of(const domain::Account& account) {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (std::strncmp(*entry, "PICTOR_", 7) != 0) {
      variables.emplace_back(*entry);
    }
  }
  variables.push_back("PICTOR_ACCOUNT_ID=" + account.id.str());
  variables.push_back("PICTOR_ACCOUNT_NAME=" + account.name);
  variables.push_back("PICTOR_ACCOUNT_EMAIL=" + account.email);
  variables.push_back("PICTOR_ACCOUNT_PLAN=" + account.plan);
  return variables;
}

std::vector<char*> pointers_of(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) {
    pointers.push_back(word.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

/// A process of its own group, with the signals that this program blocks let through. nullopt: it did not start.
std::optional<pid_t> start(std::vector<std::string> words, std::vector<std::string> environment) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  pid_t child = 0;
  const int problem = ::posix_spawnp(&child, words.front().c_str(), &files, &attributes, pointers_of(words).data(),
                                     pointers_of(environment).data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (problem != 0) {
    log_warn("the sign-up command could not be started", {{"cause", std::strerror(problem)}});
    return std::nullopt;
  }
  return child;
}

}  // namespace

SignupCommand::SignupCommand(std::vector<std::string> words) : words_(std::move(words)) {
  if (!words_.empty()) {
    thread_ = std::jthread([this](const std::stop_token& stop) { loop(stop); });
  }
}

SignupCommand::~SignupCommand() = default;

void SignupCommand::tell(const domain::Account& account) {
  if (words_.empty()) {
    return;
  }
  const std::scoped_lock lock(mutex_);
  if (waiting_.size() >= kMostWaiting) {
    log_warn("too many sign-up commands wait: one is left out", {{"account", account.id.str()}});
    return;
  }
  waiting_.push_back(account);
  changed_.notify_one();
}

void SignupCommand::loop(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) {
      return;
    }
    const domain::Account account = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    run(account, stop);
  }
}

void SignupCommand::run(const domain::Account& account, const std::stop_token& stop) const {
  const std::optional<pid_t> child = start(words_, environment_of(account));
  if (!child) {
    return;
  }
  const auto end = std::chrono::steady_clock::now() + kLongest;
  int status = 0;
  while (true) {
    const pid_t ended = ::waitpid(*child, &status, WNOHANG);
    if (ended == *child || (ended < 0 && errno != EINTR)) {
      break;
    }
    if (stop.stop_requested() || std::chrono::steady_clock::now() >= end) {
      ::kill(-*child, SIGKILL);
      ::waitpid(*child, &status, 0);
      break;
    }
    std::this_thread::sleep_for(kLook);
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    log_warn("the sign-up command failed",
             {{"account", account.id.str()}, {"status", WIFEXITED(status) ? WEXITSTATUS(status) : -1}});
  }
}

}  // namespace pictor::app
