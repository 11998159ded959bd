#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "net/address_guard.hpp"
#include "net/web_address.hpp"

namespace pictor::net {

using ByteSink = std::function<Result<void>(std::span<const std::uint8_t>)>;

/// One GET, to addresses that were checked before.
struct TransferRequest {
  const WebAddress& address;
  const std::vector<IpAddress>& checked;  ///< the only addresses that a socket is opened to
  const AddressGuard& guard;              ///< asked again for the address that is really connected to
  std::chrono::milliseconds connect_timeout;
  std::chrono::milliseconds total_timeout;
  std::int64_t max_bytes;
  const ByteSink& sink;
};

/// How a GET ended that the server answered in full.
struct TransferOutcome {
  std::string redirect;   ///< Location of a 301, 302, 303, 307 or 308; else empty, and the body is in the sink
  std::int64_t size = 0;  ///< bytes given to the sink
};

/// Follows no redirect, uses no proxy, no cookie, no credentials. Blocks; thread-safe.
/// @error kUrlNotAllowed, kUrlFetchFailed, kPayloadTooLarge, and what the sink answers
Result<TransferOutcome> get(const TransferRequest& request);

}  // namespace pictor::net
