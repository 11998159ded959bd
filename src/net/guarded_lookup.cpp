#include "net/guarded_lookup.hpp"

namespace pictor::net {

Result<std::vector<IpAddress>> checked_addresses(const WebAddress& address, const AddressGuard& guard,
                                                 const Resolver& resolver, std::chrono::milliseconds dns_timeout) {
  std::vector<IpAddress> addresses;
  if (const auto literal = IpAddress::parse(address.host)) {
    addresses.push_back(*literal);
  } else {
    Result<std::vector<IpAddress>> resolved = resolve_within(resolver, address.host, dns_timeout);
    if (!resolved) {
      return resolved;
    }
    addresses = *std::move(resolved);
  }
  if (addresses.empty()) {
    return fail({ErrorCode::kUrlFetchFailed, "The host name of this URL was not found.", "no addresses"});
  }
  for (const IpAddress& candidate : addresses) {
    if (const auto reason = guard.refusal(candidate)) {
      return fail({ErrorCode::kUrlNotAllowed,
                   "This address is not allowed: only public Internet addresses are fetched.",
                   address.host + " is " + candidate.to_string() + ": " + std::string(*reason)});
    }
  }
  return addresses;
}

}  // namespace pictor::net
