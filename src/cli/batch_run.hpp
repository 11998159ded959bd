#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace pictor::cli {

template <class T>
int Batch<T>::run() {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::size_t, Result<T>> ready;
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> crew;
  const auto count = std::min(static_cast<std::size_t>(std::max(threads, 1)), std::max<std::size_t>(files.size(), 1));
  for (std::size_t i = 0; i < count; ++i) {
    crew.emplace_back([&] {
      for (std::size_t at = next++; at < files.size(); at = next++) {
        Result<T> outcome = work(files[at]);
        const std::scoped_lock lock(mutex);
        ready.emplace(at, std::move(outcome));
        changed.notify_one();
      }
    });
  }
  ProgressBar bar(files.size());
  int failed = 0;
  for (std::size_t at = 0; at < files.size(); ++at) {
    bar.show(at, files[at]);
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return ready.contains(at); });
    const Result<T> outcome = std::move(ready.extract(at).mapped());
    lock.unlock();
    failed += outcome ? 0 : 1;
    bar.clear();
    done(files[at], outcome);
  }
  return failed;
}

}  // namespace pictor::cli
