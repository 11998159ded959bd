#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "domain/ports/job_store.hpp"

namespace pictor::jobs {

struct RunnerConfig {
  int workers = 2;
  milliseconds lease_time{60'000};   ///< a worker that is silent for longer is thought dead
  milliseconds heartbeat{2'000};     ///< leases are renewed, and cancelled jobs noticed, this often
  milliseconds poll{1'000};          ///< idle workers look for work this often, for work that came another way
  milliseconds overload_pause{500};  ///< after an image had no room
};

/// Works through the items of all jobs with a few threads. Owns nothing but its threads.
class Runner {
 public:
  /// Does one item: service::ItemWorker::work.
  using Work = std::function<Result<void>(const domain::Lease&, std::stop_token)>;

  Runner(domain::JobStore& jobs, const Clock& clock, Work work, RunnerConfig config);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Frees the leases of an earlier process and starts. Call once.
  Result<void> start();
  /// New work may be there; cheap, from any thread.
  void wake();
  /// Takes no more, tells running items to stop (they are given back), waits for them.
  void stop();

 private:
  /// A running item, for the heartbeat.
  struct Running {
    const domain::Lease lease;
    Timestamp until;  ///< as renewed; the heartbeat's alone
    std::stop_source stop;
  };

  void work_loop();
  Result<void> work_guarded(Running& running);
  void heartbeat_loop();
  void beat();
  bool wait_for_work(milliseconds limit);

  domain::JobStore& jobs_;
  const Clock& clock_;
  Work work_;
  RunnerConfig config_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t wakes_ = 0;  ///< counts calls of wake(), so that none is lost between a look and a wait
  bool stopping_ = false;
  std::map<std::string, std::shared_ptr<Running>> running_;  ///< by lease token
  std::vector<std::thread> threads_;
};

}  // namespace pictor::jobs
