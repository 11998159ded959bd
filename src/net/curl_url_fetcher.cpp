#include "net/curl_url_fetcher.hpp"

#include "net/guarded_handle.hpp"
#include "net/guarded_lookup.hpp"
#include "net/transfer.hpp"

namespace pictor::net {
namespace {

constexpr int kMaxRedirects = 3;

using std::chrono::milliseconds;
using std::chrono::steady_clock;

}  // namespace

CurlUrlFetcher::CurlUrlFetcher(FetcherConfig config, AddressGuard guard)
    : config_(std::move(config)), guard_(std::move(guard)) {}

Result<std::unique_ptr<CurlUrlFetcher>> CurlUrlFetcher::make(FetcherConfig config) {
  if (!libcurl_is_ready()) {
    return fail_internal("curl_global_init failed");
  }
  Result<AddressGuard> guard = AddressGuard::make(config.allowed_networks);
  if (!guard) {
    return fail(guard.error());
  }
  return std::unique_ptr<CurlUrlFetcher>(new CurlUrlFetcher(std::move(config), *std::move(guard)));
}

Result<CurlUrlFetcher::Fetched> CurlUrlFetcher::fetch(
    const std::string& url, std::int64_t max_bytes,
    const std::function<Result<void>(std::span<const std::uint8_t>)>& sink) {
  const steady_clock::time_point deadline = steady_clock::now() + config_.total_timeout;
  Result<WebAddress> address = WebAddress::parse(url);
  for (int redirects = 0; address; ++redirects) {
    const Result<std::vector<IpAddress>> checked =
        checked_addresses(*address, guard_, config_.resolver, config_.dns_timeout);
    if (!checked) {
      return fail(checked.error());
    }
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    if (left <= milliseconds::zero()) {
      return fail({ErrorCode::kUrlFetchFailed, "The server of this URL took too long.", "no time left after DNS"});
    }
    const Result<TransferOutcome> outcome =
        get({*address, *checked, guard_, config_.connect_timeout, left, max_bytes, sink});
    if (!outcome) {
      return fail(outcome.error());
    }
    if (outcome->redirect.empty()) {
      return Fetched{address->filename(), outcome->size};
    }
    if (redirects == kMaxRedirects) {
      return fail(
          {ErrorCode::kUrlFetchFailed, "This URL redirects more than " + std::to_string(kMaxRedirects) + " times."});
    }
    address = address->follow(outcome->redirect);
  }
  return fail(address.error());
}

}  // namespace pictor::net
