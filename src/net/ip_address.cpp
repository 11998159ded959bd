#include "net/ip_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <netinet/in.h>

namespace pictor::net {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kMappedBits = 96;

}  // namespace

IpAddress IpAddress::of(const V4& bytes) {
  IpAddress address;
  address.is_v4_ = true;
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes_.begin());
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin() + kMappedPrefix.size());
  return address;
}

IpAddress IpAddress::of(const V6& bytes) {
  IpAddress address;
  address.bytes_ = bytes;
  address.is_v4_ = std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  const std::string terminated(text);
  V4 v4{};
  if (::inet_pton(AF_INET, terminated.c_str(), v4.data()) == 1) {
    return of(v4);
  }
  V6 v6{};
  if (::inet_pton(AF_INET6, terminated.c_str(), v6.data()) == 1) {
    return of(v6);
  }
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::of_socket_address(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    V4 bytes{};
    std::memcpy(bytes.data(), &in.sin_addr, bytes.size());
    return of(bytes);
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof in);
    V6 bytes{};
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return of(bytes);
  }
  return std::nullopt;
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_v4_) {
    ::inet_ntop(AF_INET, bytes_.data() + kMappedPrefix.size(), text.data(), text.size());
  } else {
    ::inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
  }
  return text.data();
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view address_text = text.substr(0, slash);
  const std::optional<IpAddress> address = IpAddress::parse(address_text);
  if (!address) {
    return std::nullopt;
  }
  // ::ffff:10.0.0.0/104 counts its bits from the start of the IPv6 form, 10.0.0.0/8 from the start of the IPv4 one.
  const bool written_as_v6 = address_text.find(':') != std::string_view::npos;
  const int offset = written_as_v6 ? 0 : kMappedBits;
  int prefix = 128 - offset;
  if (slash != std::string_view::npos) {
    const std::string_view bits = text.substr(slash + 1);
    const auto [end, problem] = std::from_chars(bits.data(), bits.data() + bits.size(), prefix);
    if (problem != std::errc() || end != bits.data() + bits.size() || bits.front() == '-' || prefix > 128 - offset) {
      return std::nullopt;
    }
  }
  // ::ffff:10.0.0.0/8 is meant as 10.0.0.0/8 and says all of IPv4: refused, so that nobody opens what they did not
  // mean.
  if (address->is_v4() && prefix + offset < kMappedBits) {
    return std::nullopt;
  }
  IpNetwork network;
  network.base_ = *address;
  network.prefix_ = prefix + offset;
  return network;
}

bool IpNetwork::contains(const IpAddress& address) const {
  // A short IPv6 prefix (::/0) would cover ::ffff:0:0/96 too; it says nothing about IPv4.
  if (address.is_v4() != base_.is_v4()) {
    return false;
  }
  const auto whole = static_cast<std::size_t>(prefix_ / 8);
  if (!std::equal(base_.bytes().begin(), base_.bytes().begin() + prefix_ / 8, address.bytes().begin())) {
    return false;
  }
  const int rest = prefix_ % 8;
  if (rest == 0) {
    return true;
  }
  const int mask = (0xff << (8 - rest)) & 0xff;
  return ((base_.bytes().at(whole) ^ address.bytes().at(whole)) & mask) == 0;
}

}  // namespace pictor::net
