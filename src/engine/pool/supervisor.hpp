#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/error.hpp"
#include "engine/pool/admission.hpp"
#include "engine/pool/engine_process.hpp"
#include "engine/protocol/messages.hpp"

namespace pictor::engine {

/// How a child ended.
struct ChildExit {
  int signal = 0;  ///< 0: it returned
  int code = 0;
};

/// Keeps the fork server running and the number of children whole, on a thread of its own. Thread-safe.
class Supervisor {
 public:
  struct Plan {
    std::string engine_path;
    EngineSettings settings;
    int children = 2;
    std::chrono::milliseconds start_timeout{30'000};
  };
  /// @param admission  where new children go; must outlive this
  Supervisor(Plan plan, Admission& admission);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  /// Blocks until the first engine is ready. @error kInternal  it could not be started
  [[nodiscard]] Result<void> wait_until_ready();
  /// Asks for as many children as are missing. Returns at once.
  void complete_children();
  /// Ends a child for good (harmless when it has ended).
  void kill(int pid);
  /// How it ended, if that is known within `patience`.
  [[nodiscard]] std::optional<ChildExit> exit_of(int pid, std::chrono::milliseconds patience);

  [[nodiscard]] bool is_ready() const;
  [[nodiscard]] std::int64_t restarts() const;
  [[nodiscard]] EngineReady engine() const;
  [[nodiscard]] int pid() const;

 private:
  void run(const std::stop_token& stop);
  [[nodiscard]] Result<void> start_engine(const std::stop_token& stop);
  /// Frames of the fork server until it is gone or the pool ends.
  void listen(const std::stop_token& stop);
  void take(Frame frame);
  void lose_engine(const std::stop_token& stop);
  void ask_for_children();  // needs the lock

  Plan plan_;
  Admission* admission_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  EngineProcess process_;  ///< replaced only by the thread
  EngineReady engine_;
  bool is_ready_ = false;
  std::optional<Error> first_failure_;
  int asked_for_ = 0;  ///< children that are being forked
  std::int64_t restarts_ = 0;
  std::map<int, ChildExit> exits_;  ///< of children whose requests may still ask
  std::jthread thread_;             ///< last: it uses all of the above
};

}  // namespace pictor::engine
