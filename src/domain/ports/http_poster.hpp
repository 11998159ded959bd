#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace pictor::domain {

/// Sends messages to addresses that clients name (webhooks, callbacks), behind the address guard. Thread-safe.
class HttpPoster {
 public:
  virtual ~HttpPoster() = default;

  struct Message {
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
  };
  struct Answer {
    int status = 0;        ///< whatever it is: redirects are not followed
    std::string body;      ///< its first 1,024 bytes as UTF-8
    milliseconds took{0};  ///< from the look-up of the name to the end of the answer
    /// `Retry-After` as a wait from now, in whole seconds; none when there is none, or it is over or no time at all.
    std::optional<seconds> retry_after = std::nullopt;
  };

  /// Whether messages may be sent to this address, judged as if one were sent now. Looks the name up: blocks.
  /// @error kUrlNotAllowed   scheme, user, port or an address that the guard refuses
  /// @error kUrlFetchFailed  the host name was not found
  virtual Result<void> check(const std::string& url) = 0;

  /// Blocks until the answer's head came, and a moment more for the first of its body.
  /// @error kUrlNotAllowed, kUrlFetchFailed (no answer in time), kCancelled (`stop`)
  virtual Result<Answer> post(const Message& message, const std::stop_token& stop) = 0;
};

}  // namespace pictor::domain
