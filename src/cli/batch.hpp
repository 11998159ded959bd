#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace pictor::cli {

/// Runs `work` on each file, `threads` at a time, with a progress bar on standard error when that is a terminal.
/// `done` is called for each file in the order of the list, from one thread at a time.
/// @return how many failed
template <class T>
struct Batch {
  std::vector<std::string> files;
  int threads = 1;
  std::function<Result<T>(const std::string& file)> work;
  std::function<void(const std::string& file, const Result<T>& outcome)> done;

  int run();
};

/// `[#####.....] 12/40 photo.jpg`; clears itself. Draws nothing when standard error is no terminal.
class ProgressBar {
 public:
  explicit ProgressBar(std::size_t total);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  void show(std::size_t finished, const std::string& file);
  void clear();

 private:
  std::size_t total_;
  bool is_terminal_;
  bool drawn_ = false;
};

}  // namespace pictor::cli

#include "cli/batch_run.hpp"
