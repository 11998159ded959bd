#include <cstdio>
#include <string>
#include <unistd.h>

#include "cli/batch.hpp"

namespace pictor::cli {

ProgressBar::ProgressBar(std::size_t total) : total_(total), is_terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() { clear(); }

void ProgressBar::show(std::size_t finished, const std::string& file) {
  if (!is_terminal_ || total_ < 2) {
    return;
  }
  static constexpr std::size_t kWidth = 30;
  const std::size_t full = finished * kWidth / total_;
  const std::string bar = std::string(full, '#') + std::string(kWidth - full, '.');
  std::fprintf(stderr, "\r\033[K[%s] %zu/%zu %s", bar.c_str(), finished, total_, file.substr(0, 60).c_str());
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressBar::clear() {
  if (drawn_) {
    std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
    drawn_ = false;
  }
}

}  // namespace pictor::cli
