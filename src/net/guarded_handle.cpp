#include "net/guarded_handle.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace pictor::net {
namespace {

constexpr std::size_t kMaxHeaderBytes = 64 * 1024;

}  // namespace

bool libcurl_is_ready() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

GuardedHandle::GuardedHandle(const WebAddress& address, const std::vector<IpAddress>& checked,
                             const AddressGuard& guard)
    : address_(address),
      checked_(checked),
      guard_(guard),
      handle_(curl_easy_init(), &curl_easy_cleanup),
      pinned_(nullptr, &curl_slist_free_all) {
  if (!handle_) {
    return;
  }
  pinned_.reset(curl_slist_append(nullptr, pin_entry().c_str()));
  set(CURLOPT_URL, address_.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(CURLOPT_RESOLVE, pinned_.get());
  set(CURLOPT_FOLLOWLOCATION, 0L);
  // An empty proxy turns off the ones that the environment names.
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NOPROXY, "*");
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_FORBID_REUSE, 1L);
  set(CURLOPT_USERAGENT, "Pictor");
  set(CURLOPT_OPENSOCKETFUNCTION, &GuardedHandle::on_open_socket);
  set(CURLOPT_OPENSOCKETDATA, this);
}

void GuardedHandle::set_timeouts(std::chrono::milliseconds connect, std::chrono::milliseconds total) {
  set(CURLOPT_CONNECTTIMEOUT_MS, connect.count());
  set(CURLOPT_TIMEOUT_MS, total.count());
}

long GuardedHandle::status() const {
  long code = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &code);
  return code;
}

std::int64_t GuardedHandle::announced_length() const {
  curl_off_t announced = -1;
  curl_easy_getinfo(handle_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
  return announced;
}

std::optional<std::chrono::seconds> GuardedHandle::retry_after() const {
  curl_off_t wait = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RETRY_AFTER, &wait);
  return wait > 0 ? std::optional(std::chrono::seconds(wait)) : std::nullopt;
}

bool GuardedHandle::has_room_for_header(std::string_view line) {
  header_bytes_ += line.size();
  return header_bytes_ <= kMaxHeaderBytes;
}

/// The CURLOPT_RESOLVE entry that answers every host name with the checked addresses: whatever the name, and however
/// libcurl writes it, no second lookup takes place.
std::string GuardedHandle::pin_entry() const {
  std::string entry = "*:" + std::to_string(address_.port) + ":";
  for (const IpAddress& address : checked_) {
    entry += (entry.back() == ':' ? "" : ",");
    entry += address.is_v4() ? address.to_string() : "[" + address.to_string() + "]";
  }
  return entry;
}

curl_socket_t GuardedHandle::on_open_socket(void* self, curlsocktype /*purpose*/, curl_sockaddr* peer) {
  return static_cast<GuardedHandle*>(self)->open_socket(*peer);
}

/// The last door: whatever libcurl made of the URL, only a checked address gets a socket.
curl_socket_t GuardedHandle::open_socket(const curl_sockaddr& peer) {
  const auto address = IpAddress::of_socket_address(peer.addr);
  const bool checked = address && std::find(checked_.begin(), checked_.end(), *address) != checked_.end();
  if (!checked || guard_.refusal(*address)) {
    refusal_ =
        Error{ErrorCode::kUrlNotAllowed, "This address is not allowed: only public Internet addresses are fetched.",
              "about to connect to an address that was not checked"};
    return CURL_SOCKET_BAD;
  }
  return ::socket(peer.family, peer.socktype | SOCK_CLOEXEC, peer.protocol);
}

Error transfer_error(CURLcode code) {
  const std::string reason = curl_easy_strerror(code);
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return {ErrorCode::kUrlFetchFailed, "The server of this URL took too long.", reason};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
      return {ErrorCode::kUrlFetchFailed, "No trusted TLS connection to the server of this URL could be made.", reason};
    case CURLE_PARTIAL_FILE:
      return {ErrorCode::kUrlFetchFailed, "The server of this URL ended its answer early.", reason};
    default:
      return {ErrorCode::kUrlFetchFailed, "The server of this URL could not be reached or did not answer properly.",
              reason};
  }
}

}  // namespace pictor::net
