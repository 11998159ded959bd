#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "net/ip_address.hpp"

namespace pictor::net {

/// All addresses of a host name, in the order in which they should be tried. Blocks; thread-safe.
/// @error kUrlFetchFailed  the name has no address
using Resolver = std::function<Result<std::vector<IpAddress>>(const std::string& host)>;

/// getaddrinfo(3), IPv4 and IPv6. It also reads the short, octal and hexadecimal forms of IPv4 (`0x7f.1`), as other
/// programs do: the guard sees what they mean. Bound in time by resolv.conf's own time limits alone.
Result<std::vector<IpAddress>> resolve_with_system(const std::string& host);

}  // namespace pictor::net
