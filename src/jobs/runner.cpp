#include "jobs/runner.hpp"

#include <exception>

#include "base/log.hpp"

namespace pictor::jobs {

Runner::Runner(domain::JobStore& jobs, const Clock& clock, Work work, RunnerConfig config)
    : jobs_(jobs), clock_(clock), work_(std::move(work)), config_(config) {}

Runner::~Runner() { stop(); }

Result<void> Runner::start() {
  const Result<int> released = jobs_.release_all();
  if (!released) {
    return fail(released.error());
  }
  if (*released > 0) {
    log_info("work of an earlier run goes on", {{"images", *released}});
  }
  for (int i = 0; i < config_.workers; ++i) {
    threads_.emplace_back([this] { work_loop(); });
  }
  threads_.emplace_back([this] { heartbeat_loop(); });
  return {};
}

void Runner::wake() {
  {
    const std::scoped_lock lock(mutex_);
    ++wakes_;
  }
  changed_.notify_all();
}

void Runner::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    for (const auto& [token, running] : running_) {
      running->stop.request_stop();
    }
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
  threads_.clear();
}

bool Runner::wait_for_work(milliseconds limit) {
  std::unique_lock lock(mutex_);
  const std::uint64_t seen = wakes_;
  changed_.wait_for(lock, limit, [&] { return stopping_ || wakes_ != seen; });
  return !stopping_;
}

/// The job loop's catch-all: a thread that dies would take the server with it.
Result<void> Runner::work_guarded(Running& running) {
  try {
    return work_(running.lease, running.stop.get_token());
  } catch (const std::exception& problem) {
    return fail_internal(problem.what());
  }
}

void Runner::work_loop() {
  while (true) {
    std::uint64_t seen = 0;
    {
      const std::scoped_lock lock(mutex_);
      if (stopping_) {
        return;
      }
      seen = wakes_;
    }
    const Result<std::optional<domain::Lease>> lease = jobs_.lease_next(clock_.now(), config_.lease_time);
    if (!lease) {
      log_error("no work can be taken", {{"cause", lease.error().private_message}});
      wait_for_work(config_.poll);
      continue;
    }
    if (!*lease) {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, config_.poll, [&] { return stopping_ || wakes_ != seen; });
      continue;
    }
    const auto running = std::make_shared<Running>(Running{**lease, (*lease)->until, {}});
    {
      const std::scoped_lock lock(mutex_);
      running_.emplace(running->lease.token, running);
      if (stopping_) {
        running->stop.request_stop();
      }
    }
    const Result<void> done = work_guarded(*running);
    {
      const std::scoped_lock lock(mutex_);
      running_.erase(running->lease.token);
    }
    if (!done && done.error().code == ErrorCode::kOverloaded) {
      wait_for_work(config_.overload_pause);
    } else if (!done) {
      log_error("an image could not be finished",
                {{"job", running->lease.job.id.str()}, {"cause", done.error().private_message}});
      // Storage does not answer: the lease ends by itself, and somebody tries again.
      wait_for_work(config_.poll);
    }
  }
}

void Runner::heartbeat_loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait_for(lock, config_.heartbeat, [this] { return stopping_; });
    if (stopping_) {
      return;
    }
    lock.unlock();
    beat();
    lock.lock();
  }
}

void Runner::beat() {
  std::vector<std::shared_ptr<Running>> now_running;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [token, running] : running_) {
      now_running.push_back(running);
    }
  }
  const Timestamp now = clock_.now();
  for (const std::shared_ptr<Running>& running : now_running) {
    if (jobs_.is_cancelled(running->lease.job.id)) {
      running->stop.request_stop();
      continue;
    }
    // Only when a third of the time has gone: renewing is a write.
    if (running->until - now < config_.lease_time * 2 / 3) {
      const Result<void> renewed = jobs_.renew(running->lease, now + config_.lease_time);
      if (!renewed && renewed.error().code == ErrorCode::kNotFound) {
        running->stop.request_stop();
      } else if (renewed) {
        running->until = now + config_.lease_time;
      }
    }
  }
}

}  // namespace pictor::jobs
