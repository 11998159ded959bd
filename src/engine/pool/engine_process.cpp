#include "engine/pool/engine_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <spawn.h>
#include <string_view>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

extern char** environ;

namespace pictor::engine {
namespace {

constexpr int kControlDescriptor = 3;  // as the program expects it

/// What of our environment an engine may see. Not ours: keys, passwords, addresses.
constexpr std::array kEnvironment = {
    "PATH=",         "HOME=",        "LANG=", "LANGUAGE=", "LC_",          "TZ=",           "LD_LIBRARY_PATH=",
    "FONTCONFIG_",   "XDG_",         "G_",    "VIPS_",     "MALLOC_CONF=", "ASAN_OPTIONS=", "UBSAN_OPTIONS=",
    "TSAN_OPTIONS=", "LSAN_OPTIONS="};

std::vector<char*> environment_for_engine() {
  std::vector<char*> kept;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (std::ranges::any_of(kEnvironment, [&](std::string_view name) { return text.starts_with(name); })) {
      kept.push_back(*entry);
    }
  }
  // SVT-AV1 writes its greetings to standard error otherwise.
  static std::string quiet = "SVT_LOG=1";
  kept.push_back(quiet.data());
  kept.push_back(nullptr);
  return kept;
}

/// posix_spawn's two objects, freed in every case.
struct SpawnPlan {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
};

std::int64_t first_number(const char* path) {
  std::ifstream file(path);
  std::int64_t number = 0;
  return file >> number ? number : 0;
}

}  // namespace

Result<EngineProcess> EngineProcess::start(const std::string& path) {
  Result<std::pair<UniqueFd, UniqueFd>> ends = Channel::socket_pair();
  if (!ends) {
    return fail(ends.error());
  }
  // dup2 onto itself would leave close-on-exec set: the child's end must have another number first.
  UniqueFd theirs(::fcntl(ends->second.get(), F_DUPFD_CLOEXEC, 10));
  SpawnPlan plan;
  ::posix_spawn_file_actions_adddup2(&plan.actions, theirs.get(), kControlDescriptor);
  // Its own process group: what a terminal sends to ours is not for it. No inherited masks, no ignored signals.
  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&plan.attributes, &none);
  ::posix_spawnattr_setsigdefault(&plan.attributes, &all);
  ::posix_spawnattr_setpgroup(&plan.attributes, 0);
  ::posix_spawnattr_setflags(&plan.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::string program = path;
  std::array<char*, 2> arguments = {program.data(), nullptr};
  std::vector<char*> environment = environment_for_engine();
  pid_t pid = 0;
  const int error =
      ::posix_spawn(&pid, path.c_str(), &plan.actions, &plan.attributes, arguments.data(), environment.data());
  if (error != 0) {
    return fail_internal("cannot start " + path + ": " + std::strerror(error));
  }
  EngineProcess process;
  process.pid_ = pid;
  process.control_ = Channel(std::move(ends->first));
  return process;
}

EngineProcess::EngineProcess(EngineProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), control_(std::move(other.control_)) {}

EngineProcess& EngineProcess::operator=(EngineProcess&& other) noexcept {
  if (this != &other) {
    end();
    pid_ = std::exchange(other.pid_, 0);
    control_ = std::move(other.control_);
  }
  return *this;
}

EngineProcess::~EngineProcess() { end(); }

void EngineProcess::end(std::chrono::milliseconds patience) {
  if (pid_ == 0) {
    return;
  }
  control_.close();
  const auto deadline = std::chrono::steady_clock::now() + patience;
  bool is_killed = false;
  while (true) {
    const pid_t reaped = ::waitpid(pid_, nullptr, is_killed ? 0 : WNOHANG);
    if (reaped == pid_ || (reaped < 0 && errno != EINTR)) {
      break;
    }
    if (!is_killed && std::chrono::steady_clock::now() >= deadline) {
      ::kill(pid_, SIGKILL);
      is_killed = true;
    } else if (!is_killed) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  pid_ = 0;
}

std::string engine_beside_this_program() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "pictor-engine" : (self.parent_path() / "pictor-engine").string();
}

std::int64_t memory_of_machine() {
  const std::int64_t machine = ::sysconf(_SC_PHYS_PAGES) * ::sysconf(_SC_PAGESIZE);
  std::int64_t memory = machine > 0 ? machine : 2LL << 30U;
  for (const char* limit : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    if (const std::int64_t group = first_number(limit); group > 0) {
      memory = std::min(memory, group);
    }
  }
  return memory;
}

std::int64_t resident_bytes(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  std::int64_t size = 0;
  std::int64_t resident = 0;
  return file >> size >> resident ? resident * ::sysconf(_SC_PAGESIZE) : 0;
}

}  // namespace pictor::engine
