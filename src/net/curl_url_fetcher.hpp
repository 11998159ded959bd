#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "domain/ports/url_fetcher.hpp"
#include "net/address_guard.hpp"
#include "net/resolver.hpp"
#include "net/web_address.hpp"

namespace pictor::net {

struct FetcherConfig {
  std::vector<std::string> allowed_networks = {};  ///< CIDR blocks that the guard lets through besides public ones
  std::chrono::milliseconds dns_timeout{5'000};
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds total_timeout{20'000};  ///< of one fetch, all its redirects together
  Resolver resolver = resolve_with_system;
};

/// libcurl behind the address guard. A name is resolved once; every address of the answer must pass the guard, and
/// only those addresses are connected to, so that a DNS server that changes its mind gains nothing (DNS rebinding).
/// Redirects, at most 3, go through the same checks. No proxy, cookie or credential is used.
class CurlUrlFetcher final : public domain::UrlFetcher {
 public:
  /// @error kInvalidField  an allowed network is none; the message names it
  static Result<std::unique_ptr<CurlUrlFetcher>> make(FetcherConfig config);

  Result<Fetched> fetch(const std::string& url, std::int64_t max_bytes,
                        const std::function<Result<void>(std::span<const std::uint8_t>)>& sink) override;

 private:
  CurlUrlFetcher(FetcherConfig config, AddressGuard guard);

  FetcherConfig config_;
  AddressGuard guard_;
};

}  // namespace pictor::net
