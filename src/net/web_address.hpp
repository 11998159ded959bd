#pragma once

#include <memory>
#include <string>

#include "base/error.hpp"

namespace pictor::net {

/// A checked http or https URL, taken apart (RFC 3986, as libcurl's URL API reads it: the same code that connects).
struct WebAddress {
  std::string url;   ///< whole, normalised, without fragment: what is requested
  std::string host;  ///< lower case, ASCII, without brackets: what is resolved
  int port = 0;      ///< 1 to 65535; the scheme's own when the URL names none
  std::string path;  ///< percent-encoded, starts with a slash

  /// @error kUrlNotAllowed  another scheme, a user or password, no host, port 0, or no URL at all
  static Result<WebAddress> parse(const std::string& url);
  /// The target of a redirect: absolute, or relative to this address. @error kUrlNotAllowed  as for parse
  [[nodiscard]] Result<WebAddress> follow(const std::string& location) const;

  /// The path's last segment, decoded, as UTF-8 without control characters, slashes and leading dots, at most 255
  /// bytes; may be empty.
  [[nodiscard]] std::string filename() const;
};

}  // namespace pictor::net
