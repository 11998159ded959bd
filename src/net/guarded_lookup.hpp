#pragma once

#include <chrono>
#include <vector>

#include "net/address_guard.hpp"
#include "net/resolver.hpp"
#include "net/web_address.hpp"

namespace pictor::net {

/// The addresses of `address.host`, looked up once, every one of them allowed by the guard: one that is refused refuses
/// the name, so that no answer of a DNS server mixes an inner address in.
/// @error kUrlNotAllowed, kUrlFetchFailed
[[nodiscard]] Result<std::vector<IpAddress>> checked_addresses(const WebAddress& address, const AddressGuard& guard,
                                                               const Resolver& resolver,
                                                               std::chrono::milliseconds dns_timeout);

}  // namespace pictor::net
