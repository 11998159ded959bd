#include "http/worker_pool.hpp"

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
    task();
    task = nullptr;  // what it holds goes before the lock is taken again
    lock.lock();
  }
}

}  // namespace pictor::http
