#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace pictor::net {

/// An IPv4 or IPv6 address without port and zone. An IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) is always held as
/// the IPv4 address that it reaches, so that no list can be passed by writing an address differently.
class IpAddress {
 public:
  using V4 = std::array<std::uint8_t, 4>;
  using V6 = std::array<std::uint8_t, 16>;

  static IpAddress of(const V4& bytes);
  static IpAddress of(const V6& bytes);
  /// Dotted decimal or RFC 4291 text, without brackets, port or zone; nullopt for everything else, also for the
  /// short, octal and hexadecimal IPv4 forms.
  static std::optional<IpAddress> parse(std::string_view text);
  /// nullopt when it is neither AF_INET nor AF_INET6.
  static std::optional<IpAddress> of_socket_address(const sockaddr& address);

  [[nodiscard]] bool is_v4() const { return is_v4_; }
  /// 16 bytes in network order; an IPv4 address stands at the end of ::ffff:0:0/96.
  [[nodiscard]] const V6& bytes() const { return bytes_; }
  [[nodiscard]] std::string to_string() const;

  bool operator==(const IpAddress&) const = default;

 private:
  V6 bytes_{};
  bool is_v4_ = false;
};

/// A CIDR block (RFC 4632).
class IpNetwork {
 public:
  /// `10.0.0.0/8`, `fd00::/8`, or one address alone. Bits behind the prefix count as zero. nullopt when it is neither.
  static std::optional<IpNetwork> parse(std::string_view text);

  [[nodiscard]] bool contains(const IpAddress& address) const;

 private:
  IpAddress base_;
  int prefix_ = 0;  ///< bits of the 128 that count
};

}  // namespace pictor::net
