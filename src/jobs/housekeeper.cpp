#include "jobs/housekeeper.hpp"

#include <algorithm>
#include <chrono>
#include <exception>

#include "base/log.hpp"

namespace pictor::jobs {
namespace {

using Steady = std::chrono::steady_clock;

void run_chore(const Housekeeper::Chore& chore) {
  Result<int> done = 0;
  try {
    done = chore.run();
  } catch (const std::exception& problem) {
    done = fail_internal(problem.what());
  }
  if (!done) {
    log_error("a chore failed", {{"chore", chore.name}, {"cause", done.error().private_message}});
  } else if (*done > 0) {
    log_info("housekeeping", {{"chore", chore.name}, {"count", *done}});
  }
}

}  // namespace

Housekeeper::Housekeeper(std::vector<Chore> chores) : chores_(std::move(chores)) {}

Housekeeper::~Housekeeper() { stop(); }

void Housekeeper::start() {
  thread_ = std::thread([this] { loop(); });
}

void Housekeeper::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Housekeeper::loop() {
  std::vector<Steady::time_point> due;
  for (const Chore& chore : chores_) {
    due.push_back(chore.at_start ? Steady::now() : Steady::now() + chore.every);
  }
  std::unique_lock lock(mutex_);
  while (!stopping_ && !chores_.empty()) {
    const auto next = std::min_element(due.begin(), due.end());
    if (changed_.wait_until(lock, *next, [this] { return stopping_; })) {
      return;
    }
    lock.unlock();
    const Chore& chore = chores_[static_cast<std::size_t>(next - due.begin())];
    run_chore(chore);
    *next = Steady::now() + chore.every;
    lock.lock();
  }
}

}  // namespace pictor::jobs
