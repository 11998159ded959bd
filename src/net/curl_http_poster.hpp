#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "domain/ports/http_poster.hpp"
#include "net/address_guard.hpp"
#include "net/resolver.hpp"

namespace pictor::net {

struct PosterConfig {
  std::vector<std::string> allowed_networks = {};  ///< CIDR blocks that the guard lets through besides public ones
  std::chrono::milliseconds dns_timeout{5'000};
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds total_timeout{15'000};  ///< of one message, looking the name up included
  /// How long the rest of an answer is waited for once its status is known: the body is only for the record.
  std::chrono::milliseconds body_patience{1'000};
  Resolver resolver = resolve_with_system;
};

/// libcurl behind the address guard, by the same code as CurlUrlFetcher. A redirect is an answer like any other.
class CurlHttpPoster final : public domain::HttpPoster {
 public:
  /// @error kInvalidField  an allowed network is none; the message names it
  static Result<std::unique_ptr<CurlHttpPoster>> make(PosterConfig config);

  Result<void> check(const std::string& url) override;
  Result<Answer> post(const Message& message, const std::stop_token& stop) override;

 private:
  CurlHttpPoster(PosterConfig config, AddressGuard guard);

  PosterConfig config_;
  AddressGuard guard_;
};

}  // namespace pictor::net
