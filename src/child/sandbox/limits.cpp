#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <string>
#include <sys/resource.h>

#include "child/sandbox/sandbox.hpp"

namespace pictor::child {
namespace {

/// Private writable memory that the process has mapped, bytes: what RLIMIT_DATA is compared with. 0 when unknown.
rlim_t mapped_now() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word == "VmData:") {
      rlim_t kilobytes = 0;
      status >> kilobytes;
      return kilobytes << 10U;
    }
  }
  return 0;
}

bool set_limit(__rlimit_resource resource, rlim_t value) {
  rlimit now{};
  if (::getrlimit(resource, &now) != 0) {
    return false;
  }
  const rlim_t limit = std::min(value, now.rlim_max);
  const rlimit wanted{limit, limit};
  return ::setrlimit(resource, &wanted) == 0;
}

}  // namespace

Result<void> limit_resources(const SandboxLimits& limits) {
  // A write beyond the limit shall fail with EFBIG and not end the process.
  std::signal(SIGXFSZ, SIG_IGN);
  struct Limit {
    const char* name;
    __rlimit_resource resource;
    rlim_t value;
  };
  const std::initializer_list<Limit> wanted = {
      {"memory", RLIMIT_DATA, mapped_now() + static_cast<rlim_t>(limits.memory_bytes)},
      {"file size", RLIMIT_FSIZE, static_cast<rlim_t>(limits.file_bytes)},
      {"descriptors", RLIMIT_NOFILE, static_cast<rlim_t>(limits.descriptors)},
      {"core", RLIMIT_CORE, 0},
      {"locked memory", RLIMIT_MEMLOCK, 0},
      {"message queues", RLIMIT_MSGQUEUE, 0},
      {"CPU", RLIMIT_CPU, static_cast<rlim_t>(limits.cpu_seconds)}};
  for (const Limit& limit : wanted) {
    if (!set_limit(limit.resource, limit.value)) {
      return fail_internal(std::string("limit of ") + limit.name + ": " + std::strerror(errno));
    }
  }
  return {};
}

void allow_cpu_seconds(int seconds) {
  rusage used{};
  rlimit limit{};
  if (seconds <= 0 || ::getrusage(RUSAGE_SELF, &used) != 0 || ::getrlimit(RLIMIT_CPU, &limit) != 0) {
    return;
  }
  const auto so_far = static_cast<rlim_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec);
  // One more: the seconds used are rounded down.
  limit.rlim_cur = std::min(limit.rlim_max, so_far + static_cast<rlim_t>(seconds) + 1);
  ::setrlimit(RLIMIT_CPU, &limit);
}

}  // namespace pictor::child
