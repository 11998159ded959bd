#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "net/ip_address.hpp"

namespace pictor::net {

/// Decides which addresses a picture may be fetched from: those that the public Internet routes, and what the operator
/// opens. Pure and immutable; thread-safe.
///
/// Source: IANA's special-purpose address registries (RFC 6890 and its successors) for IPv4 and IPv6.
class AddressGuard {
 public:
  /// @param allowed_networks  CIDR blocks or single addresses that are allowed whatever the lists say
  /// @error kInvalidField  an entry is neither; the message names it
  static Result<AddressGuard> make(const std::vector<std::string>& allowed_networks);

  /// Why `address` is refused, in a few words for the log (`private`, `loopback`); nullopt when it is allowed.
  [[nodiscard]] std::optional<std::string_view> refusal(const IpAddress& address) const;

 private:
  AddressGuard() = default;

  std::vector<IpNetwork> allowed_;
};

}  // namespace pictor::net
