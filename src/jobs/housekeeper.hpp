#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"

namespace pictor::jobs {

/// Runs chores, each every so often, one after another on a thread of its own: expiry, sweeping.
class Housekeeper {
 public:
  struct Chore {
    std::string name;
    milliseconds every{60'000};
    std::function<Result<int>()> run;  ///< how much it did
    bool at_start = false;
  };

  explicit Housekeeper(std::vector<Chore> chores);
  ~Housekeeper();
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;
  void start();
  void stop();

 private:
  void loop();

  std::vector<Chore> chores_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace pictor::jobs
