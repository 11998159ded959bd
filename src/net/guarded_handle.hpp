#pragma once

#include <chrono>
#include <curl/curl.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "net/address_guard.hpp"
#include "net/web_address.hpp"

namespace pictor::net {

/// A libcurl handle that can reach nothing but addresses that were checked before: what every outgoing request of this
/// program goes through. It follows no redirect and uses no proxy, cookie or credential. One request, one thread; what
/// it refers to outlives it.
class GuardedHandle {
 public:
  /// @param checked  the only addresses that a socket is opened to; `guard` is asked again for each
  GuardedHandle(const WebAddress& address, const std::vector<IpAddress>& checked, const AddressGuard& guard);
  GuardedHandle(const GuardedHandle&) = delete;
  GuardedHandle& operator=(const GuardedHandle&) = delete;

  [[nodiscard]] bool valid() const { return handle_ != nullptr; }
  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(handle_.get(), option, value);
  }
  void set_timeouts(std::chrono::milliseconds connect, std::chrono::milliseconds total);
  [[nodiscard]] CURLcode perform() { return curl_easy_perform(handle_.get()); }

  [[nodiscard]] long status() const;
  /// Content-Length; -1 when there is none.
  [[nodiscard]] std::int64_t announced_length() const;
  /// `Retry-After` in seconds from now, whether it was written as seconds or as an HTTP date; none when there is none,
  /// or it is over or no time at all.
  [[nodiscard]] std::optional<std::chrono::seconds> retry_after() const;
  /// That a socket was about to be opened elsewhere.
  [[nodiscard]] const std::optional<Error>& refusal() const { return refusal_; }
  /// Counts a header line. False when there are too many bytes of them (64 KiB).
  [[nodiscard]] bool has_room_for_header(std::string_view line);

 private:
  [[nodiscard]] std::string pin_entry() const;
  static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* peer);
  curl_socket_t open_socket(const curl_sockaddr& peer);

  const WebAddress& address_;
  const std::vector<IpAddress>& checked_;
  const AddressGuard& guard_;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle_;
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> pinned_;
  std::optional<Error> refusal_;
  std::size_t header_bytes_ = 0;
};

/// libcurl wants to be set up once per program. False: it can't be used.
[[nodiscard]] bool libcurl_is_ready();

/// kUrlFetchFailed in words, for a transfer that ended without an answer.
[[nodiscard]] Error transfer_error(CURLcode code);

}  // namespace pictor::net
