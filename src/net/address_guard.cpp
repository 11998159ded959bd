#include "net/address_guard.hpp"

#include <algorithm>

namespace pictor::net {
namespace {

struct RefusedBlock {
  IpNetwork network;
  std::string_view reason;
};

RefusedBlock block(std::string_view cidr, std::string_view reason) { return {IpNetwork::parse(cidr).value(), reason}; }

/// The first block that fits gives the reason; narrow blocks stand before the wide ones around them.
const std::vector<RefusedBlock>& refused_blocks() {
  static const std::vector<RefusedBlock> blocks = {
      block("0.0.0.0/8", "this network"),
      block("10.0.0.0/8", "private"),
      block("100.64.0.0/10", "carrier-grade NAT"),
      block("127.0.0.0/8", "loopback"),
      block("169.254.0.0/16", "link-local"),
      block("172.16.0.0/12", "private"),
      block("192.0.0.0/24", "protocol assignments"),
      block("192.0.2.0/24", "documentation"),
      block("192.88.99.0/24", "6to4 relay"),
      block("192.168.0.0/16", "private"),
      block("198.18.0.0/15", "benchmarking"),
      block("198.51.100.0/24", "documentation"),
      block("203.0.113.0/24", "documentation"),
      block("224.0.0.0/4", "multicast"),
      block("255.255.255.255", "broadcast"),
      block("240.0.0.0/4", "reserved"),

      block("::", "unspecified"),
      block("::1", "loopback"),
      block("::/96", "IPv4-compatible"),
      block("::ffff:0:0:0/96", "IPv4-translated"),
      block("64:ff9b::/96", "NAT64"),
      block("64:ff9b:1::/48", "NAT64"),
      block("100::/64", "discard"),
      block("2001::/32", "Teredo"),
      block("2001::/23", "protocol assignments"),
      block("2001:db8::/32", "documentation"),
      block("2002::/16", "6to4"),
      block("3fff::/20", "documentation"),
      block("fc00::/7", "unique local"),
      block("fe80::/10", "link-local"),
      block("fec0::/10", "site-local"),
      block("ff00::/8", "multicast"),
  };
  return blocks;
}

/// Interface identifiers ::0:5efe:a.b.c.d and ::200:5efe:a.b.c.d tunnel to an IPv4 address under any prefix
/// (RFC 5214, 6.1).
bool is_isatap(const IpAddress& address) {
  const IpAddress::V6& bytes = address.bytes();
  return (bytes[8] & 0xfdU) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe;
}

/// The only block of IPv6 from which public addresses are given out (RFC 4291, 2.4).
bool is_global_unicast(const IpAddress& address) { return (address.bytes()[0] & 0xe0U) == 0x20; }

}  // namespace

Result<AddressGuard> AddressGuard::make(const std::vector<std::string>& allowed_networks) {
  AddressGuard guard;
  for (const std::string& text : allowed_networks) {
    const std::optional<IpNetwork> network = IpNetwork::parse(text);
    if (!network) {
      return fail_field("/allowed_networks", "\"" + text +
                                                 "\" is not a network: write an address or a CIDR block such as "
                                                 "10.0.0.0/8 or fd00::/8.");
    }
    guard.allowed_.push_back(*network);
  }
  return guard;
}

std::optional<std::string_view> AddressGuard::refusal(const IpAddress& address) const {
  const auto contains = [&](const IpNetwork& network) { return network.contains(address); };
  if (std::any_of(allowed_.begin(), allowed_.end(), contains)) {
    return std::nullopt;
  }
  for (const RefusedBlock& refused : refused_blocks()) {
    if (refused.network.contains(address)) {
      return refused.reason;
    }
  }
  if (address.is_v4()) {
    return std::nullopt;
  }
  if (is_isatap(address)) {
    return "ISATAP";
  }
  if (!is_global_unicast(address)) {
    return "not global unicast";
  }
  return std::nullopt;
}

}  // namespace pictor::net
