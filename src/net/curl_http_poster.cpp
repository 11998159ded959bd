#include "net/curl_http_poster.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "net/guarded_handle.hpp"
#include "net/guarded_lookup.hpp"

namespace pictor::net {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kKeptBytes = 1'024;

/// What one POST knows while libcurl runs it; the callbacks are its methods. Lives on the stack of `post`.
class Posting {
 public:
  Posting(const domain::HttpPoster::Message& message, GuardedHandle& handle, const std::stop_token& stop,
          milliseconds patience)
      : handle_(handle), stop_(stop), patience_(patience), lines_(nullptr, &curl_slist_free_all) {
    for (const auto& [name, value] : message.headers) {
      add_line(name + ": " + value);
    }
    // Without this a large body waits for a "100 Continue" that few receivers send.
    add_line("Expect:");
    handle_.set(CURLOPT_HTTPHEADER, lines_.get());
    handle_.set(CURLOPT_POST, 1L);
    handle_.set(CURLOPT_POSTFIELDS, message.body.data());
    handle_.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(message.body.size()));
    handle_.set(CURLOPT_HEADERFUNCTION, &Posting::on_header);
    handle_.set(CURLOPT_HEADERDATA, this);
    handle_.set(CURLOPT_WRITEFUNCTION, &Posting::on_body);
    handle_.set(CURLOPT_WRITEDATA, this);
    handle_.set(CURLOPT_NOPROGRESS, 0L);
    handle_.set(CURLOPT_XFERINFOFUNCTION, &Posting::on_progress);
    handle_.set(CURLOPT_XFERINFODATA, this);
  }

  Result<domain::HttpPoster::Answer> run() {
    const CURLcode code = handle_.perform();
    if (handle_.refusal()) {
      return fail(*handle_.refusal());
    }
    // Once the head is whole the status stands, however the body went on.
    if (head_ended_) {
      return domain::HttpPoster::Answer{
          static_cast<int>(handle_.status()), to_valid_utf8(body_), {}, handle_.retry_after()};
    }
    if (stop_.stop_requested()) {
      return fail({ErrorCode::kCancelled, "The server is shutting down."});
    }
    return fail(transfer_error(code == CURLE_OK ? CURLE_GOT_NOTHING : code));
  }

 private:
  void add_line(const std::string& line) {
    if (curl_slist* longer = curl_slist_append(lines_.get(), line.c_str())) {
      (void)lines_.release();
      lines_.reset(longer);
    }
  }

  static std::size_t on_header(char* line, std::size_t /*one*/, std::size_t length, void* self) {
    return static_cast<Posting*>(self)->take_header({line, length}) ? length : 0;
  }
  static std::size_t on_body(char* bytes, std::size_t /*one*/, std::size_t length, void* self) {
    return static_cast<Posting*>(self)->take_body({bytes, length}) ? length : 0;
  }
  /// libcurl asks at least once a second, also while nothing arrives.
  static int on_progress(void* self, curl_off_t /*a*/, curl_off_t /*b*/, curl_off_t /*c*/, curl_off_t /*d*/) {
    const auto* posting = static_cast<const Posting*>(self);
    return posting->stop_.stop_requested() || posting->is_patience_over() ? 1 : 0;
  }

  [[nodiscard]] bool is_patience_over() const { return head_ended_ && steady_clock::now() - *head_ended_ >= patience_; }

  bool take_header(std::string_view line) {
    // An interim answer (1xx) has an empty line of its own.
    if ((line == "\r\n" || line == "\n") && handle_.status() >= 200) {
      head_ended_ = steady_clock::now();
    }
    return handle_.has_room_for_header(line);
  }

  bool take_body(std::string_view bytes) {
    body_.append(bytes.substr(0, std::min(bytes.size(), kKeptBytes - body_.size())));
    return body_.size() < kKeptBytes && !is_patience_over();
  }

  GuardedHandle& handle_;
  const std::stop_token& stop_;
  milliseconds patience_;
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> lines_;
  std::optional<steady_clock::time_point> head_ended_;
  std::string body_;
};

}  // namespace

CurlHttpPoster::CurlHttpPoster(PosterConfig config, AddressGuard guard)
    : config_(std::move(config)), guard_(std::move(guard)) {}

Result<std::unique_ptr<CurlHttpPoster>> CurlHttpPoster::make(PosterConfig config) {
  if (!libcurl_is_ready()) {
    return fail_internal("curl_global_init failed");
  }
  Result<AddressGuard> guard = AddressGuard::make(config.allowed_networks);
  if (!guard) {
    return fail(guard.error());
  }
  return std::unique_ptr<CurlHttpPoster>(new CurlHttpPoster(std::move(config), *std::move(guard)));
}

Result<void> CurlHttpPoster::check(const std::string& url) {
  const Result<WebAddress> address = WebAddress::parse(url);
  if (!address) {
    return fail(address.error());
  }
  const auto checked = checked_addresses(*address, guard_, config_.resolver, config_.dns_timeout);
  return checked ? Result<void>() : fail(checked.error());
}

Result<CurlHttpPoster::Answer> CurlHttpPoster::post(const Message& message, const std::stop_token& stop) {
  const steady_clock::time_point begun = steady_clock::now();
  const Result<WebAddress> address = WebAddress::parse(message.url);
  if (!address) {
    return fail(address.error());
  }
  const auto checked =
      checked_addresses(*address, guard_, config_.resolver, std::min(config_.dns_timeout, config_.total_timeout));
  if (!checked) {
    return fail(checked.error());
  }
  const auto left = duration_cast<milliseconds>(begun + config_.total_timeout - steady_clock::now());
  if (left <= milliseconds::zero()) {
    return fail({ErrorCode::kUrlFetchFailed, "The server of this URL took too long.", "no time left after DNS"});
  }
  GuardedHandle handle(*address, *checked, guard_);
  if (!handle.valid()) {
    return fail_internal("curl_easy_init failed");
  }
  handle.set_timeouts(std::min(config_.connect_timeout, left), left);
  Result<Answer> answer = Posting(message, handle, stop, config_.body_patience).run();
  if (answer) {
    answer->took = duration_cast<milliseconds>(steady_clock::now() - begun);
  }
  return answer;
}

}  // namespace pictor::net
