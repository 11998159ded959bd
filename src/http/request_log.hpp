#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace pictor::http {

/// One answered request, for the log: no key, no path, no picture.
struct RequestLog {
  std::string_view request_id;
  std::string_view key_id;  ///< empty without a key
  std::string_view method;
  std::string_view route;  ///< the pattern; `-` when none fitted
  int status = 0;
  std::chrono::microseconds duration{0};
  std::int64_t bytes_in = 0;   ///< of the body
  std::int64_t bytes_out = 0;  ///< of the body
  std::string_view note;       ///< private cause of a failure; empty mostly
  bool is_probe = false;       ///< health, readiness, metrics: of little interest
};

}  // namespace pictor::http
