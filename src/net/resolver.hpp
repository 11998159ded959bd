#pragma once

#include <chrono>
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

/// Asks `resolver` on a thread of its own and waits for at most `limit`: a look-up can't be broken off, so one that is
/// late goes on by itself and its answer is dropped. At most 64 look-ups are under way in the whole program.
/// @error kUrlFetchFailed  too late, too many, or the resolver's own
Result<std::vector<IpAddress>> resolve_within(const Resolver& resolver, const std::string& host,
                                              std::chrono::milliseconds limit);

}  // namespace pictor::net
