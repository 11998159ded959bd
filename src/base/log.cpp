#include "base/log.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/clock.hpp"

namespace pictor {
namespace {

struct LevelName {
  LogLevel level;
  spdlog::level::level_enum spdlog_level;
  std::string_view name;
};
constexpr std::array kLevels = {
    LevelName{LogLevel::kDebug, spdlog::level::debug, "debug"},
    LevelName{LogLevel::kInfo, spdlog::level::info, "info"},
    LevelName{LogLevel::kWarn, spdlog::level::warn, "warn"},
    LevelName{LogLevel::kError, spdlog::level::err, "error"},
};

const LevelName& row_of(LogLevel level) { return kLevels.at(static_cast<std::size_t>(level)); }

std::atomic<LogFormat> chosen_format{LogFormat::kText};

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = std::make_shared<spdlog::logger>("pictor", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    return made;
  }();
  return *instance;
}

std::string json_line(const LevelName& level, std::string_view message, const Json& fields) {
  Json line{{"time", format_timestamp(SystemClock().now())}, {"level", level.name}, {"message", message}};
  for (const auto& [name, value] : fields.items()) {
    line[name] = value;
  }
  return dump_json(line);
}

/// Text as it stands when it is plain, else quoted: a line break in a value must not begin a line of its own.
std::string plain_value(const Json& value) {
  if (!value.is_string()) {
    return dump_json(value);
  }
  const auto& text = value.get_ref<const std::string&>();
  const bool plain =
      std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  return plain ? text : dump_json(value);
}

/// `08:24:33 warn  message  name=value`
std::string text_line(const LevelName& level, std::string_view message, const Json& fields) {
  std::string line = format_timestamp(SystemClock().now()).substr(11, 8) + " " + std::string(level.name);
  line.resize(15, ' ');
  line += message;
  for (const auto& [name, value] : fields.items()) {
    line += "  " + name + "=" + plain_value(value);
  }
  return line;
}

}  // namespace

void configure_log(LogFormat format, LogLevel level) {
  chosen_format = format;
  logger().set_level(row_of(level).spdlog_level);
}

void log(LogLevel level, std::string_view message, const Json& fields) {
  const LevelName& row = row_of(level);
  if (!logger().should_log(row.spdlog_level)) {
    return;
  }
  const std::string line =
      chosen_format == LogFormat::kJson ? json_line(row, message, fields) : text_line(row, message, fields);
  logger().log(row.spdlog_level, "{}", line);
}

}  // namespace pictor
