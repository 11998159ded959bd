#include "child/fork_server.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <set>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "child/child_loop.hpp"
#include "child/sandbox/sandbox.hpp"
#include "domain/json_fields.hpp"
#include "engine/protocol/channel.hpp"

namespace pictor::child {
namespace {

using engine::Channel;
using engine::EngineReady;
using engine::EngineSettings;
using engine::FrameType;

constexpr int kUsageExit = 64;
constexpr int kLoadExit = 65;

sigset_t child_signal() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGCHLD);
  return set;
}

/// Standard input and output lead nowhere; standard error stays the server's log.
void detach_standard_streams() {
  const UniqueFd nowhere(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (nowhere.valid()) {
    ::dup2(nowhere.get(), STDIN_FILENO);
    ::dup2(nowhere.get(), STDOUT_FILENO);
  }
}

bool is_socket(int descriptor) {
  struct stat status{};
  return ::fstat(descriptor, &status) == 0 && S_ISSOCK(status.st_mode);
}

class ForkServer {
 public:
  ForkServer(Channel control, UniqueFd child_signals, SandboxLimits limits, Operations& operations)
      : control_(std::move(control)),
        child_signals_(std::move(child_signals)),
        limits_(limits),
        operations_(&operations) {}

  /// Until the server goes away.
  void run() {
    std::array<pollfd, 2> sources = {pollfd{control_.descriptor(), POLLIN, 0}, pollfd{child_signals_.get(), POLLIN, 0}};
    while (true) {
      if (::poll(sources.data(), sources.size(), -1) < 0) {
        if (errno == EINTR) {
          continue;
        }
        break;
      }
      if (sources[1].revents != 0) {
        reap();
      }
      if (sources[0].revents != 0 && !obey()) {
        break;
      }
    }
    end_children();
  }

  /// What the sandbox can do here, found out by a child that tries.
  SandboxReport try_sandbox() {
    SandboxReport report;
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
      return report;
    }
    UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);
    const pid_t pid = ::fork();
    if (pid == 0) {
      const SandboxReport tried = enter_sandbox(limits_);
      const std::string text = dump_json({{"in_force", tried.in_force}, {"missing", tried.missing}});
      ::_exit(::write(writer.get(), text.data(), text.size()) > 0 ? 0 : 1);
    }
    writer.reset();
    std::array<char, 1024> buffer{};
    const ssize_t got = ::read(reader.get(), buffer.data(), buffer.size());
    int status = 0;
    ::waitpid(pid, &status, 0);
    const Result<Json> json = parse_json(std::string_view(buffer.data(), static_cast<std::size_t>(got < 0 ? 0 : got)));
    if (!json) {
      report.missing.emplace_back("sandbox");
      return report;
    }
    const domain::FieldReader fields(*json);
    return {fields.texts("in_force"), fields.texts("missing")};
  }

  bool send(FrameType type, const Json& body) { return control_.send(type, body).has_value(); }

 private:
  /// One message of the server. False when it is gone.
  bool obey() {
    const auto frame = control_.receive({});
    if (!frame) {
      return false;
    }
    switch (frame->type) {
      case FrameType::kSpawn:
        return spawn();
      case FrameType::kKill: {
        // Only children of ours, which keep their pid until they are reaped here: never somebody else's.
        const pid_t pid = domain::FieldReader(frame->body).integer("pid");
        if (children_.contains(pid)) {
          ::kill(pid, SIGKILL);
        }
        return true;
      }
      default:
        return false;
    }
  }

  bool spawn() {
    Result<std::pair<UniqueFd, UniqueFd>> ends = Channel::socket_pair();
    const pid_t parent = ::getpid();
    const pid_t pid = ends ? ::fork() : -1;
    if (pid == 0) {
      be_child(std::move(ends->second), parent);
    }
    if (pid < 0) {
      return send(FrameType::kChild, {{"pid", 0}});
    }
    children_.insert(pid);
    const std::array descriptors = {ends->first.get()};
    return control_.send(FrameType::kChild, {{"pid", pid}}, descriptors).has_value();
  }

  [[noreturn]] void be_child(UniqueFd channel, pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) {
      ::_exit(1);  // it died between the fork and the line above
    }
    const sigset_t unblocked = child_signal();
    ::sigprocmask(SIG_UNBLOCK, &unblocked, nullptr);
#if !defined(PICTOR_ASAN) && !defined(PICTOR_TSAN)
    ::dup2(STDIN_FILENO, STDERR_FILENO);  // no child writes into the log
#endif
    close_all_but(std::array{STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, channel.get()});
    (void)enter_sandbox(limits_);
    Channel to_server(std::move(channel));
    ::_exit(serve_requests(to_server, *operations_) ? 0 : 1);
  }

  void reap() {
    signalfd_siginfo ignored{};
    while (::read(child_signals_.get(), &ignored, sizeof ignored) > 0) {
    }
    int status = 0;
    for (pid_t pid = ::waitpid(-1, &status, WNOHANG); pid > 0; pid = ::waitpid(-1, &status, WNOHANG)) {
      if (children_.erase(pid) > 0) {
        send(FrameType::kExited, {{"pid", pid},
                                  {"signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0},
                                  {"code", WIFEXITED(status) ? WEXITSTATUS(status) : 0}});
      }
    }
  }

  void end_children() {
    for (const pid_t pid : children_) {
      ::kill(pid, SIGKILL);
    }
    for (const pid_t pid : children_) {
      ::waitpid(pid, nullptr, 0);
    }
    children_.clear();
  }

  Channel control_;
  UniqueFd child_signals_;
  SandboxLimits limits_;
  Operations* operations_;
  std::set<pid_t> children_;
};

int serve(Channel control, UniqueFd child_signals, const Load& load) {
  const auto start = control.receive({});
  if (!start || start->type != FrameType::kStart) {
    return kUsageExit;
  }
  const EngineSettings settings = engine::engine_settings_from_json(start->body);
  Result<Loaded> loaded = load(settings);
  if (!loaded) {
    (void)control.send(FrameType::kError, engine::to_json(loaded.error()));
    return kLoadExit;
  }
  const SandboxLimits limits{.memory_bytes = settings.memory_bytes, .file_bytes = settings.file_bytes};
  ForkServer server(std::move(control), std::move(child_signals), limits, *loaded->operations);
  SandboxReport sandbox = server.try_sandbox();
  const EngineReady ready{std::move(sandbox.in_force), std::move(sandbox.missing), loaded->vision,
                          loaded->vision_problem};
  if (server.send(FrameType::kReady, engine::to_json(ready))) {
    server.run();
  }
  return 0;
}

}  // namespace

int run_fork_server(const Load& load) {
  if (!is_socket(kControlDescriptor)) {
    std::fputs("pictor-engine is started by pictor and not by hand.\n", stderr);
    return kUsageExit;
  }
  // Behind the server, which answers health checks and streams events while every core encodes.
  ::setpriority(PRIO_PROCESS, 0, 10);
  // Whoever kills the server, however hard, ends this too. The end of the control socket says the same more gently.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // A terminal's Ctrl-C and a service manager's SIGTERM go to the whole group; the server decides when its engine ends.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) {
    std::signal(signal, SIG_IGN);
  }
  close_all_but(std::array{STDERR_FILENO, kControlDescriptor});
  detach_standard_streams();
  ::fcntl(kControlDescriptor, F_SETFD, FD_CLOEXEC);
  const sigset_t blocked = child_signal();
  ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
  UniqueFd child_signals(::signalfd(-1, &blocked, SFD_CLOEXEC | SFD_NONBLOCK));
  const int code = serve(Channel(UniqueFd(kControlDescriptor)), std::move(child_signals), load);
  std::fflush(stderr);
  // Past the destructors of libraries that were loaded for children: they would only cost time.
  ::_exit(code);
}

}  // namespace pictor::child
