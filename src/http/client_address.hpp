#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace pictor::http {

/// Proxies whose X-Forwarded-For is believed. Immutable; thread-safe.
class TrustedProxies {
 public:
  /// @param networks  CIDR or single addresses. @error kInvalidField  naming the one that is neither
  static Result<TrustedProxies> parse(const std::vector<std::string>& networks);

  /// Whose request this is: `peer`, or when that is a trusted proxy, the last address in X-Forwarded-For that is none.
  /// What a client wrote itself stands further left, and is never reached. @param forwarded  all fields, joined by
  /// commas
  [[nodiscard]] std::string client_of(const std::string& peer, std::string_view forwarded) const;
  [[nodiscard]] bool empty() const { return networks_.empty(); }

 private:
  struct Network {
    std::string bytes;  ///< 16; IPv4 as ::ffff:0:0/96
    int bits = 0;
  };
  [[nodiscard]] bool contains(std::string_view address) const;

  std::vector<Network> networks_;
};

/// What limits of an address count by: an IPv4 address, or the /64 of an IPv6 one, since a single customer has all of
/// that. Text that is no address is returned as it is.
[[nodiscard]] std::string address_group(std::string_view address);

}  // namespace pictor::http
