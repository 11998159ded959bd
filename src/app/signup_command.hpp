#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "domain/account.hpp"

namespace pictor::app {

/// Runs the operator's command for each new account, one after another on a thread of its own: a sign-up never waits
/// for it. No shell: the words of the configuration are the program and its arguments. The account is in its
/// environment: PICTOR_ACCOUNT_ID, PICTOR_ACCOUNT_NAME, PICTOR_ACCOUNT_EMAIL, PICTOR_ACCOUNT_PLAN.
class SignupCommand {
 public:
  /// @param words  program (looked up in PATH) and arguments; empty: nothing is ever run
  explicit SignupCommand(std::vector<std::string> words);
  /// Ends a command that runs, and forgets those that wait.
  ~SignupCommand();
  SignupCommand(const SignupCommand&) = delete;
  SignupCommand& operator=(const SignupCommand&) = delete;

  /// Quick, thread-safe. Past a thousand that wait, the log says that this one was left out.
  void tell(const domain::Account& account);

 private:
  void loop(const std::stop_token& stop);
  void run(const domain::Account& account, const std::stop_token& stop) const;

  std::vector<std::string> words_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<domain::Account> waiting_;
  std::jthread thread_;
};

}  // namespace pictor::app
