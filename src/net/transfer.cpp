#include "net/transfer.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "net/guarded_handle.hpp"

namespace pictor::net {
namespace {

constexpr long kLowSpeedBytesPerSecond = 1024;
constexpr long kLowSpeedSeconds = 10;

bool is_redirect(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// What one GET knows while libcurl runs it; the callbacks below are its methods. Lives on the stack of `get`.
class Transfer {
 public:
  explicit Transfer(const TransferRequest& request)
      : request_(request), handle_(request.address, request.checked, request.guard) {}

  Result<TransferOutcome> run() {
    if (!handle_.valid()) {
      return fail_internal("curl_easy_init failed");
    }
    configure();
    const CURLcode code = handle_.perform();
    if (handle_.refusal()) {
      return fail(*handle_.refusal());
    }
    if (failure_) {
      return fail(*failure_);
    }
    const long answered = handle_.status();
    if (is_redirect(answered) && !location_.empty()) {
      return TransferOutcome{location_, 0};
    }
    if (answered != 0 && (answered < 200 || answered > 299)) {
      return fail({ErrorCode::kUrlFetchFailed,
                   "The server of this URL answered with status " + std::to_string(answered) + "."});
    }
    if (code != CURLE_OK) {
      return fail(transfer_error(code));
    }
    return TransferOutcome{"", received_};
  }

 private:
  void configure() {
    handle_.set_timeouts(request_.connect_timeout, request_.total_timeout);
    handle_.set(CURLOPT_LOW_SPEED_LIMIT, kLowSpeedBytesPerSecond);
    handle_.set(CURLOPT_LOW_SPEED_TIME, kLowSpeedSeconds);
    handle_.set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    handle_.set(CURLOPT_HEADERDATA, this);
    handle_.set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    handle_.set(CURLOPT_WRITEDATA, this);
  }

  static std::size_t on_header(char* line, std::size_t /*one*/, std::size_t length, void* self) {
    return static_cast<Transfer*>(self)->take_header({line, length}) ? length : 0;
  }
  static std::size_t on_body(char* bytes, std::size_t /*one*/, std::size_t length, void* self) {
    const auto* first = reinterpret_cast<const std::uint8_t*>(bytes);
    return static_cast<Transfer*>(self)->take_body({first, length}) ? length : 0;
  }

  bool take_header(std::string_view line) {
    if (!handle_.has_room_for_header(line)) {
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
    if (const long answered = handle_.status(); answered < 200 || answered > 299) {
      return false;
    }
    const auto length = static_cast<std::int64_t>(bytes.size());
    if (handle_.announced_length() > request_.max_bytes || length > request_.max_bytes - received_) {
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

  const TransferRequest& request_;
  GuardedHandle handle_;
  std::optional<Error> failure_;
  std::string location_;
  std::int64_t received_ = 0;
};

}  // namespace

Result<TransferOutcome> get(const TransferRequest& request) { return Transfer(request).run(); }

}  // namespace pictor::net
