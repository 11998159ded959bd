#pragma once

#include <string_view>

#include "base/json.hpp"

namespace pictor {

enum class LogLevel { kDebug, kInfo, kWarn, kError };
enum class LogFormat { kJson, kText };

/// Sets where and how this process logs: standard error, one line an entry. Call once, before threads log.
void configure_log(LogFormat format, LogLevel level);

/// One line. `fields` is a JSON object of plain values; never put keys, paths of users' files or picture bytes in it.
/// Thread-safe.
void log(LogLevel level, std::string_view message, const Json& fields = Json::object());

inline void log_info(std::string_view message, const Json& fields = Json::object()) {
  log(LogLevel::kInfo, message, fields);
}
inline void log_warn(std::string_view message, const Json& fields = Json::object()) {
  log(LogLevel::kWarn, message, fields);
}
inline void log_error(std::string_view message, const Json& fields = Json::object()) {
  log(LogLevel::kError, message, fields);
}

}  // namespace pictor
