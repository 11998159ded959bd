#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace pictor {

using std::chrono::milliseconds;
using std::chrono::seconds;
/// Wall-clock time, UTC, millisecond precision: what rows and answers hold.
using Timestamp = std::chrono::time_point<std::chrono::system_clock, milliseconds>;

/// Where the time comes from; tests set their own. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Timestamp now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override {
    return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
  }
};

/// For tests: stands still until told.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start = Timestamp(milliseconds(1'700'000'000'000)))
      : now_(start.time_since_epoch().count()) {}
  [[nodiscard]] Timestamp now() const override { return Timestamp(milliseconds(now_.load())); }
  void advance(milliseconds by) { now_ += by.count(); }
  void set(Timestamp to) { now_ = to.time_since_epoch().count(); }

 private:
  std::atomic<milliseconds::rep> now_;
};

/// RFC 3339, UTC, milliseconds: `2026-11-24T08:24:33.120Z`.
[[nodiscard]] std::string format_timestamp(Timestamp time);
/// The same back. @error kInvalidField  anything but RFC 3339 with `Z` or an offset
[[nodiscard]] Result<Timestamp> parse_timestamp(std::string_view text);
/// RFC 9110 IMF-fixdate for `Last-Modified`: `Tue, 24 Nov 2026 08:24:33 GMT`.
[[nodiscard]] std::string format_http_date(Timestamp time);
/// IMF-fixdate back; nullopt-like failure for the obsolete forms too. @error kInvalidField
[[nodiscard]] Result<Timestamp> parse_http_date(std::string_view text);

[[nodiscard]] inline std::int64_t to_unix_ms(Timestamp time) { return time.time_since_epoch().count(); }
[[nodiscard]] inline Timestamp from_unix_ms(std::int64_t value) { return Timestamp(milliseconds(value)); }

}  // namespace pictor
