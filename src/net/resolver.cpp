#include "net/resolver.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <netdb.h>
#include <optional>
#include <thread>

namespace pictor::net {
namespace {

constexpr int kMaxLookups = 64;
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): counts threads that no object outlives for sure.
std::atomic<int> lookups{0};

/// Shared by who asks and the thread that looks up, whichever ends last.
struct Lookup {
  std::mutex mutex;
  std::condition_variable answered;
  std::optional<Result<std::vector<IpAddress>>> answer;
};

Error dns_error(const char* message, const char* reason) { return {ErrorCode::kUrlFetchFailed, message, reason}; }

}  // namespace

Result<std::vector<IpAddress>> resolve_with_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  const int problem = ::getaddrinfo(host.c_str(), nullptr, &hints, &first);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(first, &::freeaddrinfo);
  if (problem != 0) {
    return fail({ErrorCode::kUrlFetchFailed, "The host name of this URL was not found.", ::gai_strerror(problem)});
  }
  std::vector<IpAddress> addresses;
  for (const addrinfo* entry = first; entry != nullptr; entry = entry->ai_next) {
    const auto address = IpAddress::of_socket_address(*entry->ai_addr);
    if (address && std::find(addresses.begin(), addresses.end(), *address) == addresses.end()) {
      addresses.push_back(*address);
    }
  }
  return addresses;
}

Result<std::vector<IpAddress>> resolve_within(const Resolver& resolver, const std::string& host,
                                              std::chrono::milliseconds limit) {
  if (++lookups > kMaxLookups) {
    --lookups;
    return fail(dns_error("Too many host names are being looked up: try again later.", "look-ups at their limit"));
  }
  const auto lookup = std::make_shared<Lookup>();
  try {
    std::thread([lookup, resolver, host] {
      Result<std::vector<IpAddress>> answer = fail(dns_error("The host name of this URL was not found.", "threw"));
      try {
        answer = resolver(host);
      } catch (const std::exception&) {
        // Keeps the failure that it began with.
      }
      const std::scoped_lock lock(lookup->mutex);
      lookup->answer = std::move(answer);
      lookup->answered.notify_one();
      --lookups;
    }).detach();
  } catch (const std::system_error&) {
    --lookups;
    return fail(dns_error("The host name of this URL could not be looked up.", "no thread"));
  }
  std::unique_lock lock(lookup->mutex);
  if (!lookup->answered.wait_for(lock, limit, [&] { return lookup->answer.has_value(); })) {
    return fail(dns_error("Looking up the host name of this URL took too long.", "DNS time limit"));
  }
  return *std::move(lookup->answer);
}

}  // namespace pictor::net
