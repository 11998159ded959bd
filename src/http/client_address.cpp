#include "http/client_address.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <optional>

#include "http/header_values.hpp"

namespace pictor::http {
namespace {

constexpr int kMappedBits = 96;

/// 16 bytes; an IPv4 address, also one written as IPv6, as ::ffff:0:0/96.
std::optional<std::string> bytes_of(std::string_view text) {
  namespace ip = boost::asio::ip;
  boost::system::error_code error;
  const ip::address address = ip::make_address(std::string(text.substr(0, text.find('%'))), error);
  if (error) {
    return std::nullopt;
  }
  const auto bytes =
      (address.is_v4() ? ip::make_address_v6(ip::v4_mapped, address.to_v4()) : address.to_v6()).to_bytes();
  return std::string(bytes.begin(), bytes.end());
}

bool is_v4(const std::string& bytes) {
  return bytes.compare(0, 12, std::string("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12)) == 0;
}

std::string text_of(const std::string& bytes) {
  namespace ip = boost::asio::ip;
  ip::address_v6::bytes_type raw{};
  std::copy(bytes.begin(), bytes.end(), raw.begin());
  const ip::address_v6 address(raw);
  return is_v4(bytes) ? ip::make_address_v4(ip::v4_mapped, address).to_string() : address.to_string();
}

/// `192.0.2.1`, `192.0.2.1:5678`, `2001:db8::1`, `[2001:db8::1]:5678`: proxies write all of them.
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) {
    return text.substr(1, std::min(text.find(']'), text.size()) - 1);
  }
  const std::size_t colon = text.find(':');
  return colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos ? text.substr(0, colon)
                                                                                                : text;
}

bool same_start(std::string_view one, std::string_view other, int bits) {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (one.substr(0, whole) != other.substr(0, whole)) {
    return false;
  }
  const unsigned mask = bits % 8 == 0 ? 0 : 0xffU & (0xffU << (8 - bits % 8));
  return mask == 0 || ((static_cast<unsigned char>(one[whole]) ^ static_cast<unsigned char>(other[whole])) & mask) == 0;
}

}  // namespace

Result<TrustedProxies> TrustedProxies::parse(const std::vector<std::string>& networks) {
  TrustedProxies proxies;
  for (const std::string& text : networks) {
    const std::size_t slash = text.find('/');
    const std::string address = text.substr(0, slash);
    const std::optional<std::string> bytes = bytes_of(address);
    const int offset = address.find(':') == std::string::npos ? kMappedBits : 0;
    int bits = 128 - offset;
    bool is_right = bytes.has_value();
    if (is_right && slash != std::string::npos) {
      const char* end = text.data() + text.size();
      const auto [stop, problem] = std::from_chars(text.data() + slash + 1, end, bits);
      is_right = problem == std::errc() && stop == end && bits >= 0 && bits <= 128 - offset;
    }
    if (!is_right) {
      return fail({ErrorCode::kInvalidField, "\"" + text + "\" is no address and no network such as 10.0.0.0/8."});
    }
    proxies.networks_.push_back({*bytes, bits + offset});
  }
  return proxies;
}

bool TrustedProxies::contains(std::string_view address) const {
  const std::optional<std::string> bytes = bytes_of(address);
  return bytes && std::any_of(networks_.begin(), networks_.end(), [&bytes](const Network& network) {
           return is_v4(*bytes) == is_v4(network.bytes) && same_start(*bytes, network.bytes, network.bits);
         });
}

std::string TrustedProxies::client_of(const std::string& peer, std::string_view forwarded) const {
  if (networks_.empty() || forwarded.empty() || !contains(peer)) {
    return peer;
  }
  std::string client = peer;
  while (!forwarded.empty()) {
    const std::size_t comma = forwarded.rfind(',');
    const std::string_view text =
        without_port(trimmed(comma == std::string_view::npos ? forwarded : forwarded.substr(comma + 1)));
    const std::optional<std::string> bytes = bytes_of(text);
    if (!bytes) {
      break;  // nobody that we know wrote this: what stood right of it holds
    }
    client = text_of(*bytes);
    if (!contains(client)) {
      break;
    }
    forwarded = comma == std::string_view::npos ? std::string_view() : forwarded.substr(0, comma);
  }
  return client;
}

std::string address_group(std::string_view address) {
  std::optional<std::string> bytes = bytes_of(address);
  if (!bytes) {
    return std::string(address);
  }
  if (is_v4(*bytes)) {
    return text_of(*bytes);
  }
  std::fill(bytes->begin() + 8, bytes->end(), '\0');
  return text_of(*bytes) + "/64";
}

}  // namespace pictor::http
