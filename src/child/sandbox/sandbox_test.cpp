#include "child/sandbox/sandbox.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <gtest/gtest.h>
#include <linux/landlock.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace pictor::child {
namespace {

constexpr SandboxLimits kSmall{.memory_bytes = 256LL << 20U, .file_bytes = 4'096, .descriptors = 32, .cpu_seconds = 20};

/// What became of a process that entered the sandbox and then did something: its exit code, or -signal.
int in_sandbox(const std::function<int()>& action, const SandboxLimits& limits = kSmall) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    (void)enter_sandbox(limits);
    ::_exit(action());
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/// 0 when the call was refused with a failure, 1 when it was let through.
int refused(long result) { return result < 0 ? 0 : 1; }

bool has_landlock() { return ::syscall(444, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0; }

TEST(SandboxTest, reports_every_part_once) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    const SandboxReport report = enter_sandbox(kSmall);
    ::_exit(static_cast<int>(report.in_force.size() + report.missing.size()) * 10 +
            (std::ranges::count(report.in_force, "seccomp") == 1 ? 1 : 0));
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 61) << "six parts, and seccomp in force";
}

TEST(SandboxTest, opens_no_file) {
  EXPECT_EQ(in_sandbox([] { return refused(::open("/etc/passwd", O_RDONLY)); }), 0);
  EXPECT_EQ(in_sandbox([] { return refused(::open("/tmp/pictor-sandbox-test", O_CREAT | O_WRONLY, 0600)); }), 0);
#ifndef PICTOR_ASAN
  EXPECT_EQ(in_sandbox([] { return refused(::syscall(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY)); }), 0);
#endif
  EXPECT_NE(::access("/tmp/pictor-sandbox-test", F_OK), 0);
}

TEST(SandboxTest, opens_no_file_by_landlock_alone) {
  if (!has_landlock()) {
    GTEST_SKIP() << "this kernel has no Landlock";
  }
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const bool is_on = forbid_files().has_value();
    ::_exit(is_on && ::open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES ? 0 : 1);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(SandboxTest, opens_no_file_by_the_filter_alone) {
#ifndef PICTOR_ASAN
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const bool is_on = filter_system_calls(Files::kNone).has_value();
    ::_exit(is_on && ::open("/etc/fonts/fonts.conf", O_RDONLY) < 0 && errno == EACCES ? 0 : 1);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
#endif
}

TEST(SandboxTest, reads_fonts_and_nothing_beside_them) {
  if (!has_landlock() || ::access("/etc/fonts/fonts.conf", R_OK) != 0) {
    GTEST_SKIP() << "no Landlock, or no fonts";
  }
  EXPECT_EQ(in_sandbox([] { return refused(::open("/etc/fonts/fonts.conf", O_RDONLY)); }), 1);
  EXPECT_EQ(in_sandbox([] { return refused(::open("/etc/fonts/fonts.conf", O_RDWR)); }), 0);
  EXPECT_EQ(in_sandbox([] { return refused(::open("/etc/fonts/new", O_CREAT | O_WRONLY, 0600)); }), 0);
  EXPECT_EQ(in_sandbox([] { return refused(::open("/etc/fonts/../hostname", O_RDONLY)); }), 0);
  EXPECT_EQ(in_sandbox([] { return refused(::open("/etc", O_RDONLY | O_DIRECTORY)); }), 0);
  SandboxLimits strict = kSmall;
  strict.fonts = false;
  EXPECT_EQ(in_sandbox([] { return refused(::open("/etc/fonts/fonts.conf", O_RDONLY)); }, strict), 0);
}

TEST(SandboxTest, changes_no_file_by_name) {
  EXPECT_EQ(in_sandbox([] { return refused(::unlink("/tmp/nothing")); }), 0);
  EXPECT_EQ(in_sandbox([] { return refused(::mkdir("/tmp/pictor-sandbox-test", 0700)); }), 0);
  EXPECT_EQ(in_sandbox([] { return refused(::chmod("/tmp", 0777)); }), 0);
  EXPECT_EQ(in_sandbox([] { return refused(::symlink("/etc/passwd", "/tmp/pictor-sandbox-test")); }), 0);
}

TEST(SandboxTest, has_no_network) {
  for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK}) {
    EXPECT_EQ(in_sandbox([&] { return refused(::socket(family, SOCK_STREAM, 0)); }), 0) << family;
  }
  EXPECT_EQ(in_sandbox([] {
              std::array<int, 2> ends{};
              return refused(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()));
            }),
            0);
}

TEST(SandboxTest, starts_no_process) {
  EXPECT_EQ(in_sandbox([] { return refused(::execl("/bin/true", "true", nullptr)); }), 0);
  EXPECT_EQ(in_sandbox([] {
              const long pid = ::syscall(SYS_fork);
              return pid == 0 ? 0 : refused(pid);
            }),
            0);
  EXPECT_EQ(in_sandbox([] { return refused(::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr)); }), 0);
}

TEST(SandboxTest, may_have_a_second_thread) {
  EXPECT_EQ(in_sandbox([] {
              int sum = 0;
              std::thread worker([&] { sum = 7; });
              worker.join();
              return sum;
            }),
            7);
}

TEST(SandboxTest, signals_nobody_else) {
  const pid_t victim = ::getpid();
  EXPECT_EQ(in_sandbox([&] { return refused(::kill(victim, 0)); }), 0);
  EXPECT_EQ(in_sandbox([&] { return refused(::syscall(SYS_tgkill, victim, victim, 0)); }), 0);
  EXPECT_EQ(in_sandbox([]() -> int { std::abort(); }), -SIGABRT) << "it may still end itself";
}

TEST(SandboxTest, ends_at_once_when_it_reaches_for_other_processes) {
  EXPECT_EQ(in_sandbox([] { return refused(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }), -SIGSYS);
}

TEST(SandboxTest, makes_no_code) {
  EXPECT_EQ(in_sandbox([] {
              void* page =
                  ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              return page == MAP_FAILED ? 0 : 1;
            }),
            0);
  EXPECT_EQ(in_sandbox([] {
              void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              return page == MAP_FAILED ? 2 : refused(::mprotect(page, 4096, PROT_READ | PROT_EXEC));
            }),
            0);
}

TEST(SandboxTest, has_no_more_memory_than_its_limit) {
  const auto can_map = [](std::size_t bytes) {
    return ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? 0 : 1;
  };
  EXPECT_EQ(in_sandbox([&] { return can_map(128U << 20U); }), 1);
  EXPECT_EQ(in_sandbox([&] { return can_map(512U << 20U); }), 0);
}

TEST(SandboxTest, writes_what_it_was_given_up_to_the_limit) {
  const int file = ::memfd_create("output", 0);
  EXPECT_EQ(in_sandbox([&] {
              const std::vector<char> bytes(8'192, 'x');
              const ssize_t first = ::write(file, bytes.data(), bytes.size());
              const ssize_t second = ::write(file, bytes.data(), bytes.size());
              return first == 4'096 && second < 0 && errno == EFBIG ? 0 : 1;
            }),
            0);
  struct stat status{};
  ASSERT_EQ(::fstat(file, &status), 0);
  EXPECT_EQ(status.st_size, 4'096);
  ::close(file);
}

TEST(SandboxTest, has_few_descriptors) {
  EXPECT_EQ(in_sandbox([] {
              int count = 0;
              while (::dup(2) >= 0) {
                ++count;
              }
              return count < 32 ? 0 : 1;
            }),
            0);
}

TEST(SandboxTest, cannot_raise_its_limits) {
  EXPECT_EQ(in_sandbox([] {
              const rlimit more{RLIM_INFINITY, RLIM_INFINITY};
              return refused(::setrlimit(RLIMIT_DATA, &more));
            }),
            0);
}

TEST(SandboxTest, ends_when_its_cpu_seconds_are_used) {
  EXPECT_EQ(in_sandbox([]() -> int {
              allow_cpu_seconds(1);
              volatile unsigned count = 0;
              while (true) {
                count = count + 1;
              }
            }),
            -SIGXCPU);
}

TEST(SandboxTest, close_all_but_keeps_what_it_is_told) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    const int kept = ::dup(2);
    const int other = ::dup(2);
    close_all_but(std::array{2, kept});
    ::_exit(::fcntl(kept, F_GETFD) >= 0 && ::fcntl(2, F_GETFD) >= 0 && ::fcntl(other, F_GETFD) < 0 &&
                    ::fcntl(0, F_GETFD) < 0
                ? 0
                : 1);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace pictor::child
