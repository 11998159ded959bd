#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sched.h>
#include <seccomp.h>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <vector>

#include "child/sandbox/sandbox.hpp"

namespace pictor::child {
namespace {

/// Calls that computing on memory and open descriptors needs. Everything else fails with EPERM.
constexpr std::array kAllowed = {
    // open descriptors
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "lseek", "_llseek", "fstat",
    "fstat64", "ftruncate", "ftruncate64", "close", "dup", "dup2", "dup3", "recvmsg", "sendmsg", "poll", "ppoll",
    "fdatasync", "fadvise64", "eventfd2",
    // memory
    "brk", "munmap", "mremap", "madvise", "mincore", "membarrier",
    // threads and time
    "futex", "futex_waitv", "set_robust_list", "rseq", "sched_yield", "sched_getaffinity", "getcpu", "clock_gettime",
    "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "gettid", "getpid", "set_tid_address",
    "exit", "exit_group", "restart_syscall",
    // signals to itself, limits of itself (lower, never higher: the hard limits stand)
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "getrusage", "getrlimit", "setrlimit",
    "ugetrlimit",
    // questions without an object
    "getrandom", "uname", "sysinfo", "getuid", "geteuid", "getgid", "getegid", "getppid", "times"};

/// Calls that no decoder makes by mistake: a child that tries is not ours any more, and ends.
constexpr std::array kDeadly = {
    "ptrace",          "process_vm_readv", "process_vm_writev", "bpf",          "mount",
    "umount2",         "pivot_root",       "init_module",       "finit_module", "kexec_load",
    "perf_event_open", "userfaultfd",      "io_uring_setup",    "unshare",      "setns",
    "keyctl",          "add_key",          "request_key"};

class Filter {
 public:
  Filter() : context_(::seccomp_init(SCMP_ACT_ERRNO(EPERM)), &::seccomp_release) {}

  /// Calls that this architecture or this libseccomp does not know are passed over.
  void add(std::uint32_t action, const char* name, const std::vector<scmp_arg_cmp>& arguments = {}) {
    const int number = ::seccomp_syscall_resolve_name(name);
    if (!context_ || number == __NR_SCMP_ERROR || error_ != 0) {
      return;
    }
    error_ = ::seccomp_rule_add_array(context_.get(), action, number, static_cast<unsigned>(arguments.size()),
                                      arguments.empty() ? nullptr : arguments.data());
  }

  Result<void> load() {
    if (!context_) {
      return fail_internal("seccomp: no filter could be made");
    }
    if (error_ == 0) {
      error_ = ::seccomp_load(context_.get());
    }
    if (error_ != 0) {
      return fail_internal(std::string("seccomp: ") + std::strerror(-error_));
    }
    return {};
  }

 private:
  std::unique_ptr<void, decltype(&::seccomp_release)> context_;
  int error_ = 0;
};

scmp_arg_cmp masked(unsigned argument, std::uint64_t mask, std::uint64_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}
scmp_arg_cmp equal(unsigned argument, std::uint64_t value) { return {argument, SCMP_CMP_EQ, value, 0}; }

void allow_memory(Filter& filter) {
  // Nothing that was written becomes code.
  for (const char* call : {"mmap", "mmap2", "mprotect"}) {
    filter.add(SCMP_ACT_ALLOW, call, {masked(2, PROT_EXEC, 0)});
  }
}

void allow_threads(Filter& filter) {
  // libvips may want a worker thread; a process is refused.
  filter.add(SCMP_ACT_ALLOW, "clone", {masked(0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM)});
  // Its flags lie in memory, where a filter cannot look: "no such call" makes the C library take clone.
  filter.add(SCMP_ACT_ERRNO(ENOSYS), "clone3");
  filter.add(SCMP_ACT_ALLOW, "tgkill", {equal(0, static_cast<std::uint64_t>(::getpid()))});
  filter.add(SCMP_ACT_ALLOW, "prctl", {equal(0, PR_SET_NAME)});
#ifdef PR_SET_VMA
  filter.add(SCMP_ACT_ALLOW, "prctl", {equal(0, PR_SET_VMA)});
#endif
  filter.add(SCMP_ACT_ALLOW, "prlimit64", {equal(0, 0)});
}

void allow_descriptors(Filter& filter) {
  for (const int command : {F_GETFL, F_SETFL, F_GETFD, F_SETFD, F_DUPFD, F_DUPFD_CLOEXEC}) {
    filter.add(SCMP_ACT_ALLOW, "fcntl", {equal(1, static_cast<std::uint64_t>(command))});
    filter.add(SCMP_ACT_ALLOW, "fcntl64", {equal(1, static_cast<std::uint64_t>(command))});
  }
  // ENOSYS sends Rust's standard library from statx to fstat.
  filter.add(SCMP_ACT_ERRNO(ENOSYS), "statx");
  filter.add(SCMP_ACT_ERRNO(ENOTTY), "ioctl");
}

/// Reading by name, for the C library's and fontconfig's ways to do it. What may be opened is Landlock's to say; that a
/// file exists can be asked of any.
void allow_reading_by_name(Filter& filter) {
  constexpr std::uint64_t kMoreThanReading =
      O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY);
  filter.add(SCMP_ACT_ALLOW, "open", {masked(1, kMoreThanReading, 0)});
  filter.add(SCMP_ACT_ALLOW, "openat", {masked(2, kMoreThanReading, 0)});
  for (const char* call : {"newfstatat", "stat", "lstat", "access", "faccessat", "faccessat2", "readlink", "readlinkat",
                           "getdents64", "statfs", "fstatfs"}) {
    filter.add(SCMP_ACT_ALLOW, call);
  }
}

void refuse_names(Filter& filter) {
  // fstat of glibc, for a descriptor.
  filter.add(SCMP_ACT_ALLOW, "newfstatat", {masked(3, AT_EMPTY_PATH, AT_EMPTY_PATH)});
  // A word that libraries understand better than EPERM.
  for (const char* call :
       {"open", "openat", "openat2", "access", "faccessat", "faccessat2", "readlink", "readlinkat"}) {
    filter.add(SCMP_ACT_ERRNO(EACCES), call);
  }
}

}  // namespace

Result<void> filter_system_calls(Files files) {
  Filter filter;
  for (const char* call : kAllowed) {
    filter.add(SCMP_ACT_ALLOW, call);
  }
  for (const char* call : kDeadly) {
    filter.add(SCMP_ACT_KILL_PROCESS, call);
  }
  allow_memory(filter);
  allow_threads(filter);
  allow_descriptors(filter);
#ifdef PICTOR_ASAN
  // The sanitizers read /proc/self when an exception passes, and try pointers with a pipe.
  files = Files::kFonts;
  filter.add(SCMP_ACT_ALLOW, "pipe");
  filter.add(SCMP_ACT_ALLOW, "pipe2");
#endif
  files == Files::kFonts ? allow_reading_by_name(filter) : refuse_names(filter);
  return filter.load();
}

}  // namespace pictor::child
