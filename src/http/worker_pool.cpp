#include "http/worker_pool.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace pictor::http {

WorkerPool::WorkerPool(int max_threads, std::size_t max_waiting)
    : max_threads_(static_cast<std::size_t>(max_threads)), max_waiting_(max_waiting) {}

WorkerPool::~WorkerPool() { stop(); }

bool WorkerPool::has_room() const {
  const std::lock_guard lock(mutex_);
  return tasks_.size() < max_waiting_;
}

std::size_t WorkerPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return tasks_.size();
}

int WorkerPool::seconds_until_room() const {
  static constexpr double kLongest = 60;
  const std::lock_guard lock(mutex_);
  const double rest = static_cast<double>(tasks_.size()) * recent_seconds_ / static_cast<double>(max_threads_);
  return static_cast<int>(std::ceil(std::clamp(rest, 1.0, kLongest)));
}

void WorkerPool::submit(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      tasks_.push_back(std::move(task));
      if (tasks_.size() > idle_ && threads_.size() < max_threads_) {
        threads_.emplace_back([this] { run(); });
      }
      wake_.notify_one();
      return;
    }
  }
  task();
}

void WorkerPool::stop() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
  }
  wake_.notify_all();
  for (std::thread& thread : threads) {
    thread.join();
  }
}

void WorkerPool::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    --idle_;
    if (tasks_.empty()) {
      return;
    }
    std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    const auto started = std::chrono::steady_clock::now();
    task();
    task = nullptr;  // what it holds goes before the lock is taken again
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
    lock.lock();
    recent_seconds_ += (taken.count() - recent_seconds_) / 16;
  }
}

}  // namespace pictor::http
