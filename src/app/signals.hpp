#pragma once

#include <string>

#include "base/clock.hpp"

namespace pictor::app {

/// Blocks SIGTERM, SIGINT and SIGHUP in this thread and all it makes later, and ignores SIGPIPE: signals are waited
/// for, not handled.
void block_signals();
/// Waits for SIGTERM or SIGINT (SIGHUP is passed over). @return its name
std::string wait_for_end();
/// Ends the process with _exit(1) after `limit` unless it has ended by itself: a shutdown must never hang.
void end_at_the_latest_after(milliseconds limit);

}  // namespace pictor::app
