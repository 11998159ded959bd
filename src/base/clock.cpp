#include "base/clock.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace pictor {
namespace {

std::tm to_utc(Timestamp time) {
  const std::time_t whole = std::chrono::floor<seconds>(time).time_since_epoch().count();
  std::tm utc{};
  gmtime_r(&whole, &utc);
  return utc;
}

}  // namespace

std::string format_timestamp(Timestamp time) {
  const std::tm utc = to_utc(time);
  const auto fraction = (time - std::chrono::floor<seconds>(time)).count();
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900, utc.tm_mon + 1,
                utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, static_cast<int>(fraction));
  return text.data();
}

Result<Timestamp> parse_timestamp(std::string_view text) {
  const std::string copy(text);
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, used = 0;
  const auto bad = [] {
    return fail({ErrorCode::kInvalidField, "A time is written as 2026-11-24T08:24:33Z (RFC 3339)."});
  };
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2d%*1[Tt ]%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second,
                  &used) != 6 ||
      used == 0) {
    return bad();
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) {
    return bad();
  }
  std::string_view rest = std::string_view(copy).substr(static_cast<std::size_t>(used));
  int fraction_ms = 0;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    int weight = 100;
    std::size_t digits = 0;
    while (digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9') {
      fraction_ms += (rest[digits] - '0') * weight;
      weight /= 10;
      ++digits;
    }
    if (digits == 0) {
      return bad();
    }
    rest.remove_prefix(digits);
  }
  int offset_minutes = 0;
  if (rest != "Z" && rest != "z") {
    int offset_hour = 0, offset_minute = 0;
    const std::string zone(rest);
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') ||
        std::sscanf(zone.c_str() + 1, "%2d:%2d", &offset_hour, &offset_minute) != 2 || offset_hour > 23 ||
        offset_minute > 59) {
      return bad();
    }
    offset_minutes = (offset_hour * 60 + offset_minute) * (zone[0] == '-' ? -1 : 1);
  }
  const auto at = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                  std::chrono::minutes(minute - offset_minutes) + seconds(second) + milliseconds(fraction_ms);
  return std::chrono::time_point_cast<milliseconds>(at);
}

std::string format_http_date(Timestamp time) {
  const std::tm utc = to_utc(time);
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                kDays.at(static_cast<std::size_t>(utc.tm_wday)), utc.tm_mday,
                kMonths.at(static_cast<std::size_t>(utc.tm_mon)), utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                utc.tm_sec);
  return text.data();
}

Result<Timestamp> parse_http_date(std::string_view text) {
  std::tm utc{};
  const std::string copy(text);
  const char* end = strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  if (end == nullptr || *end != '\0') {
    return fail({ErrorCode::kInvalidField, "An HTTP date is written as Tue, 24 Nov 2026 08:24:33 GMT."});
  }
  return Timestamp(seconds(timegm(&utc)));
}

}  // namespace pictor
