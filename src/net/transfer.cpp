#include "net/transfer.hpp"

#include <algorithm>
#include <curl/curl.h>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace pictor::net {
namespace {

constexpr long kLowSpeedBytesPerSecond = 1024;
constexpr long kLowSpeedSeconds = 10;
constexpr std::size_t kMaxHeaderBytes = 64 * 1024;

tl::unexpected<Error> fetch_failed(std::string public_message, std::string private_message) {
  return fail({ErrorCode::kUrlFetchFailed, std::move(public_message), std::move(private_message)});
}

bool is_redirect(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// What one GET knows while libcurl runs it; the callbacks below are its methods. Lives on the stack of `get`.
class Transfer {
 public:
  explicit Transfer(const TransferRequest& request)
      : request_(request), handle_(curl_easy_init(), &curl_easy_cleanup) {}

  Result<TransferOutcome> run() {
    if (!handle_) {
      return fail_internal("curl_easy_init failed");
    }
    std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> pinned(curl_slist_append(nullptr, pin_entry().c_str()),
                                                                       &curl_slist_free_all);
    configure(pinned.get());
    const CURLcode code = curl_easy_perform(handle_.get());
    if (failure_) {
      return fail(*failure_);
    }
    const long answered = status();
    if (is_redirect(answered) && !location_.empty()) {
      return TransferOutcome{location_, 0};
    }
    if (answered != 0 && (answered < 200 || answered > 299)) {
      return fetch_failed("The server of this URL answered with status " + std::to_string(answered) + ".", "");
    }
    if (code != CURLE_OK) {
      return failure_of(code);
    }
    return TransferOutcome{"", received_};
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(handle_.get(), option, value);
  }

  [[nodiscard]] long status() const {
    long code = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &code);
    return code;
  }

  /// The CURLOPT_RESOLVE entry that answers every host name with the checked addresses: whatever the name, and
  /// however libcurl writes it, no second lookup takes place.
  [[nodiscard]] std::string pin_entry() const {
    std::string entry = "*:" + std::to_string(request_.address.port) + ":";
    for (const IpAddress& address : request_.checked) {
      entry += (entry.back() == ':' ? "" : ",");
      entry += address.is_v4() ? address.to_string() : "[" + address.to_string() + "]";
    }
    return entry;
  }

  void configure(curl_slist* pinned) {
    set(CURLOPT_URL, request_.address.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    set(CURLOPT_RESOLVE, pinned);
    set(CURLOPT_FOLLOWLOCATION, 0L);
    // An empty proxy turns off the ones that the environment names.
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NOPROXY, "*");
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_FORBID_REUSE, 1L);
    set(CURLOPT_USERAGENT, "Pictor");
    set(CURLOPT_CONNECTTIMEOUT_MS, request_.connect_timeout.count());
    set(CURLOPT_TIMEOUT_MS, request_.total_timeout.count());
    set(CURLOPT_LOW_SPEED_LIMIT, kLowSpeedBytesPerSecond);
    set(CURLOPT_LOW_SPEED_TIME, kLowSpeedSeconds);
    set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_open_socket);
    set(CURLOPT_OPENSOCKETDATA, this);
    set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    set(CURLOPT_WRITEDATA, this);
  }

  static curl_socket_t on_open_socket(void* self, curlsocktype /*purpose*/, curl_sockaddr* peer) {
    return static_cast<Transfer*>(self)->open_socket(*peer);
  }
  static std::size_t on_header(char* line, std::size_t /*one*/, std::size_t length, void* self) {
    return static_cast<Transfer*>(self)->take_header({line, length}) ? length : 0;
  }
  static std::size_t on_body(char* bytes, std::size_t /*one*/, std::size_t length, void* self) {
    const auto* first = reinterpret_cast<const std::uint8_t*>(bytes);
    return static_cast<Transfer*>(self)->take_body({first, length}) ? length : 0;
  }

  /// The last door: whatever libcurl made of the URL, only a checked address gets a socket.
  curl_socket_t open_socket(const curl_sockaddr& peer) {
    const auto address = IpAddress::of_socket_address(peer.addr);
    const bool checked =
        address && std::find(request_.checked.begin(), request_.checked.end(), *address) != request_.checked.end();
    if (!checked || request_.guard.refusal(*address)) {
      failure_ =
          Error{ErrorCode::kUrlNotAllowed, "This address is not allowed: only public Internet addresses are fetched.",
                "about to connect to an address that was not checked"};
      return CURL_SOCKET_BAD;
    }
    return ::socket(peer.family, peer.socktype | SOCK_CLOEXEC, peer.protocol);
  }

  bool take_header(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > kMaxHeaderBytes) {
      failure_ = Error{ErrorCode::kUrlFetchFailed, "The answer of this URL's server has too many headers."};
      return false;
    }
    constexpr std::string_view kLocation = "location:";
    const auto same_letter = [](char left, char right) {
      return left == (right >= 'A' && right <= 'Z' ? right + 32 : right);
    };
    if (location_.empty() && line.size() > kLocation.size() &&
        std::equal(kLocation.begin(), kLocation.end(), line.begin(), same_letter)) {
      line.remove_prefix(kLocation.size());
      line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
      location_ = line.substr(0, line.find_last_not_of(" \t\r\n") + 1);
    }
    return true;
  }

  /// False ends the transfer; `failure_` says why, unless the status does.
  bool take_body(std::span<const std::uint8_t> bytes) {
    if (const long answered = status(); answered < 200 || answered > 299) {
      return false;
    }
    curl_off_t announced = -1;
    curl_easy_getinfo(handle_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    const auto length = static_cast<std::int64_t>(bytes.size());
    if (announced > request_.max_bytes || length > request_.max_bytes - received_) {
      failure_ = Error{ErrorCode::kPayloadTooLarge,
                       "The file at this URL is larger than " + std::to_string(request_.max_bytes) + " bytes."};
      return false;
    }
    received_ += length;
    if (Result<void> taken = request_.sink(bytes); !taken) {
      failure_ = taken.error();
      return false;
    }
    return true;
  }

  static tl::unexpected<Error> failure_of(CURLcode code) {
    const std::string reason = curl_easy_strerror(code);
    switch (code) {
      case CURLE_OPERATION_TIMEDOUT:
        return fetch_failed("The server of this URL took too long.", reason);
      case CURLE_PEER_FAILED_VERIFICATION:
      case CURLE_SSL_CONNECT_ERROR:
        return fetch_failed("No trusted TLS connection to the server of this URL could be made.", reason);
      case CURLE_PARTIAL_FILE:
        return fetch_failed("The server of this URL ended its answer early.", reason);
      default:
        return fetch_failed("The server of this URL could not be reached or did not answer properly.", reason);
    }
  }

  const TransferRequest& request_;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle_;
  std::optional<Error> failure_;
  std::string location_;
  std::size_t header_bytes_ = 0;
  std::int64_t received_ = 0;
};

}  // namespace

Result<TransferOutcome> get(const TransferRequest& request) { return Transfer(request).run(); }

}  // namespace pictor::net
