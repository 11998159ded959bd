#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace pictor::http {

/// Threads for calls that block. They start as they are needed, up to a number. Thread-safe.
class WorkerPool {
 public:
  /// @param max_waiting  tasks without a thread before `has_room` says no
  WorkerPool(int max_threads, std::size_t max_waiting);
  /// Runs what waits, then ends the threads.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Ask before a new request; later steps of an admitted one are always taken.
  [[nodiscard]] bool has_room() const;
  [[nodiscard]] std::size_t waiting() const;
  /// When what waits now will have been taken, by how long tasks took lately: 1 to 60 s.
  [[nodiscard]] int seconds_until_room() const;
  /// `task` must not throw.
  void submit(std::function<void()> task);
  /// Waits for all tasks and ends the threads; later tasks run on the caller's thread.
  void stop();

 private:
  void run();

  const std::size_t max_threads_;
  const std::size_t max_waiting_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  double recent_seconds_ = 0;  ///< a task's, averaged over about the last 16
  bool stopping_ = false;
};

}  // namespace pictor::http
