#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <sys/types.h>

#include "base/error.hpp"
#include "engine/protocol/channel.hpp"

namespace pictor::engine {

/// `pictor-engine` as a child process of this one. Ended and reaped when destroyed.
///
/// Start it from a thread that lives as long as it shall: the kernel ends it together with the thread that started it.
class EngineProcess {
 public:
  /// @error kInternal  there is no such program, or it cannot be run
  [[nodiscard]] static Result<EngineProcess> start(const std::string& path);

  EngineProcess() = default;
  EngineProcess(EngineProcess&& other) noexcept;
  EngineProcess& operator=(EngineProcess&& other) noexcept;
  ~EngineProcess();

  [[nodiscard]] Channel& control() { return control_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Closes the control socket, upon which it ends by itself with its children; after `patience`, by SIGKILL.
  void end(std::chrono::milliseconds patience = std::chrono::milliseconds(1'000));

 private:
  pid_t pid_ = 0;
  Channel control_;
};

/// `pictor-engine` in the folder of the running program.
[[nodiscard]] std::string engine_beside_this_program();
/// Memory that this process may count on, bytes: the machine's, or its control group's if that is less.
[[nodiscard]] std::int64_t memory_of_machine();
/// Memory that a process holds, bytes, as the kernel counts it (shared pages too). 0 when there is no such process.
[[nodiscard]] std::int64_t resident_bytes(pid_t pid);

}  // namespace pictor::engine
