#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "base/error.hpp"

namespace pictor::domain {

/// Gets pictures from addresses that clients name, behind the address guard. Blocks; thread-safe.
class UrlFetcher {
 public:
  virtual ~UrlFetcher() = default;
  struct Fetched {
    std::string filename;  ///< last segment of the final URL's path, decoded and cleaned; may be empty
    std::int64_t size = 0;
  };
  /// @param sink  called with each piece of the body; an error from it ends the transfer and is returned
  /// @error kUrlNotAllowed  scheme, port or address that the guard refuses, also on a redirect
  /// @error kUrlFetchFailed  no answer, a status that is not 2xx, too slow, more than 3 redirects
  /// @error kPayloadTooLarge  more than `max_bytes`
  virtual Result<Fetched> fetch(const std::string& url, std::int64_t max_bytes,
                                const std::function<Result<void>(std::span<const std::uint8_t>)>& sink) = 0;
};

}  // namespace pictor::domain
