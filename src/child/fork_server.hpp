#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "child/operations.hpp"
#include "engine/protocol/messages.hpp"

namespace pictor::child {

/// What was loaded once, before forking.
struct Loaded {
  std::unique_ptr<Operations> operations;
  std::string vision;          ///< name of what looks; empty: `look` cannot be done
  std::string vision_problem;  ///< why
};
using Load = std::function<Result<Loaded>(const engine::EngineSettings& settings)>;

/// The descriptor on which the server speaks to its fork server.
inline constexpr int kControlDescriptor = 3;

/// The whole program: waits for the server's settings on descriptor 3, loads, forks a sandboxed child whenever it is
/// asked to, hands the server one end of a channel to it, reports how children end, and ends with the server (with all
/// children) when the control socket closes. Has one thread, so that a child is a true copy.
/// @return the program's exit code
int run_fork_server(const Load& load);

}  // namespace pictor::child
