#include "app/signals.hpp"

#include <csignal>
#include <pthread.h>
#include <thread>
#include <unistd.h>

#include "base/log.hpp"

namespace pictor::app {
namespace {

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    sigaddset(&set, signal);
  }
  return set;
}

}  // namespace

void block_signals() {
  const sigset_t set = ending_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

std::string wait_for_end() {
  const sigset_t set = ending_signals();
  while (true) {
    int received = 0;
    if (sigwait(&set, &received) == 0 && received != SIGHUP) {
      return received == SIGTERM ? "SIGTERM" : "SIGINT";
    }
  }
}

void end_at_the_latest_after(milliseconds limit) {
  std::thread([limit] {
    std::this_thread::sleep_for(limit);
    log_error("the shutdown took too long; ending at once");
    _exit(1);
  }).detach();
}

}  // namespace pictor::app
