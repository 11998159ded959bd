#include "net/curl_url_fetcher.hpp"

#include <cstdlib>
#include <future>
#include <gtest/gtest.h>
#include <thread>

#include "net/testing/dns_server.hpp"
#include "net/testing/http_server.hpp"

namespace pictor::net {
namespace {

using std::chrono::milliseconds;
using testing::DnsServer;
using testing::HttpServer;

constexpr std::int64_t kMaxBytes = 100'000;
constexpr IpAddress::V4 kFirst = {127, 0, 0, 1};
constexpr IpAddress::V4 kSecond = {127, 0, 0, 2};

std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
std::string redirect_to(const std::string& location) {
  return "HTTP/1.1 302 Found\r\nLocation: " + location + "\r\nContent-Length: 3\r\n\r\nhop";
}

/// What a path of the test server does.
void answer(const HttpServer::Request& request, const HttpServer::Answer& to) {
  const std::string& path = request.path;
  if (path.starts_with("/hop/")) {
    const int left = std::stoi(path.substr(5));
    to.send(redirect_to(left == 0 ? "/ok/cat.jpg" : "/hop/" + std::to_string(left - 1)));
  } else if (path.starts_with("/to?")) {
    to.send(redirect_to(path.substr(4)));
  } else if (path == "/slow") {
    to.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    while (to.send("x")) {
      std::this_thread::sleep_for(milliseconds(20));
    }
  } else if (path == "/endless") {
    to.send("HTTP/1.1 200 OK\r\n\r\n");
    while (to.send(std::string(10'000, 'x'))) {
    }
  } else if (path == "/endless-headers") {
    to.send("HTTP/1.1 200 OK\r\n");
    while (to.send("X-Filler: " + std::string(1'000, 'x') + "\r\n")) {
    }
  } else if (path == "/announced") {
    to.send("HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\nfirst bytes");
  } else if (path == "/short") {
    to.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  } else if (path.starts_with("/ok/")) {
    to.send(ok("picture"));
  } else {
    to.send("HTTP/1.1 404 Not Found\r\nContent-Length: 200000\r\n\r\nnothing here");
  }
}

/// A fetcher that may use 127.0.0.0/8, or what `config` says, and what it brought.
class CurlUrlFetcherTest : public ::testing::Test {
 protected:
  Result<domain::UrlFetcher::Fetched> fetch(const std::string& url,
                                            FetcherConfig config = {.allowed_networks = {"127.0.0.0/8"}}) {
    Result<std::unique_ptr<CurlUrlFetcher>> fetcher = CurlUrlFetcher::make(std::move(config));
    if (!fetcher) {
      return fail(fetcher.error());
    }
    return (*fetcher)->fetch(url, kMaxBytes, [this](std::span<const std::uint8_t> bytes) -> Result<void> {
      body_.append(bytes.begin(), bytes.end());
      return {};
    });
  }
  ErrorCode error_of(const std::string& url) {
    const auto fetched = fetch(url);
    return fetched ? ErrorCode::kInternal : fetched.error().code;
  }

  HttpServer server_{answer};
  std::string body_;
};

TEST_F(CurlUrlFetcherTest, BringsTheBodyItsSizeAndTheNameFromThePath) {
  const auto fetched = fetch(server_.url("/ok/m%C3%BChle%20am%2Fbach.jpg?size=1#top"));
  ASSERT_TRUE(fetched) << fetched.error().private_message;
  EXPECT_EQ(body_, "picture");
  EXPECT_EQ(fetched->size, 7);
  EXPECT_EQ(fetched->filename, "bach.jpg");
  EXPECT_EQ(fetch(server_.url("/ok/m%C3%BChle%20am.jpg"))->filename, "mühle am.jpg");
  EXPECT_EQ(fetch(server_.url("/ok/"))->filename, "");
}

TEST_F(CurlUrlFetcherTest, AStatusThatIsNot2xxFailsAndItsBodyIsNotBrought) {
  const auto fetched = fetch(server_.url("/missing"));
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, ErrorCode::kUrlFetchFailed);
  EXPECT_EQ(fetched.error().public_message, "The server of this URL answered with status 404.");
  EXPECT_EQ(body_, "");
}

TEST_F(CurlUrlFetcherTest, FollowsThreeRedirectsAndNamesTheFileAfterTheLast) {
  const auto fetched = fetch(server_.url("/hop/2"));
  ASSERT_TRUE(fetched) << fetched.error().private_message;
  EXPECT_EQ(fetched->filename, "cat.jpg");
  EXPECT_EQ(body_, "picture");
  EXPECT_EQ(server_.requests().size(), 4U);
}

TEST_F(CurlUrlFetcherTest, AFourthRedirectIsTooMany) {
  EXPECT_EQ(error_of(server_.url("/hop/3")), ErrorCode::kUrlFetchFailed);
  EXPECT_EQ(server_.requests().size(), 4U);
}

TEST_F(CurlUrlFetcherTest, RedirectsAreGuardedToo) {
  for (const char* target : {"http://10.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest/meta-data/",
                             "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "http://u:p@127.0.0.1/",
                             "http://[::ffff:10.0.0.1]/", "//10.0.0.1/", "http://0x0a000001/"}) {
    const auto fetched = fetch(server_.url("/to?" + std::string(target)));
    ASSERT_FALSE(fetched) << target;
    EXPECT_EQ(fetched.error().code, ErrorCode::kUrlNotAllowed) << target;
    EXPECT_EQ(fetched.error().public_message.find("10.0.0"), std::string::npos) << fetched.error().public_message;
  }
}

TEST_F(CurlUrlFetcherTest, RefusesAddressesHoweverTheyAreWritten) {
  for (const char* url : {"http://127.0.0.1/",
                          "http://127.1/",
                          "http://2130706433/",
                          "http://0x7f000001/",
                          "http://0177.0.0.1/",
                          "http://0x7f.1/",
                          "http://[::1]/",
                          "http://[::ffff:127.0.0.1]/",
                          "http://[::ffff:7f00:1]/",
                          "http://0/",
                          "http://[fe80::1%25eth0]/",
                          "http://localhost/",
                          "http://127.0.0.1:0/",
                          "ftp://8.8.8.8/",
                          "file:///etc/passwd",
                          "http://user@8.8.8.8/",
                          "http://user:word@8.8.8.8/",
                          "javascript:alert(1)",
                          "data:,x",
                          "http://",
                          "",
                          "x y",
                          "http://8.8.8.8:99999/",
                          "http://8.8.8.8/\r\nHost: inner"}) {
    const auto fetched = fetch(url, {});
    ASSERT_FALSE(fetched) << url;
    EXPECT_EQ(fetched.error().code, ErrorCode::kUrlNotAllowed) << url << ": " << fetched.error().private_message;
  }
}

TEST_F(CurlUrlFetcherTest, ASlowServerIsLeftWhenTheTimeIsOver) {
  const auto start = std::chrono::steady_clock::now();
  const auto fetched =
      fetch(server_.url("/slow"), {.allowed_networks = {"127.0.0.0/8"}, .total_timeout = milliseconds(300)});
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, ErrorCode::kUrlFetchFailed);
  EXPECT_EQ(fetched.error().public_message, "The server of this URL took too long.");
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(3'000));
}

TEST_F(CurlUrlFetcherTest, AnEndlessBodyEndsAtTheLimit) {
  EXPECT_EQ(error_of(server_.url("/endless")), ErrorCode::kPayloadTooLarge);
  EXPECT_LE(static_cast<std::int64_t>(body_.size()), kMaxBytes);
}

TEST_F(CurlUrlFetcherTest, ABodyAnnouncedTooLargeIsNotBegun) {
  EXPECT_EQ(error_of(server_.url("/announced")), ErrorCode::kPayloadTooLarge);
  EXPECT_EQ(body_, "");
}

TEST_F(CurlUrlFetcherTest, EndlessHeadersAndShortBodiesFail) {
  EXPECT_EQ(error_of(server_.url("/endless-headers")), ErrorCode::kUrlFetchFailed);
  EXPECT_EQ(error_of(server_.url("/short")), ErrorCode::kUrlFetchFailed);
}

TEST_F(CurlUrlFetcherTest, AFailingSinkEndsTheTransferWithItsOwnError) {
  auto fetcher = CurlUrlFetcher::make({.allowed_networks = {"127.0.0.0/8"}});
  const auto fetched =
      (*fetcher)->fetch(server_.url("/endless"), kMaxBytes, [](std::span<const std::uint8_t>) -> Result<void> {
        return fail({ErrorCode::kOverloaded, "The disk is full."});
      });
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().public_message, "The disk is full.");
}

TEST_F(CurlUrlFetcherTest, ProxiesOfTheEnvironmentAreNotUsed) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ::setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
  const auto fetched = fetch(server_.url("/ok/cat.jpg"));
  ::unsetenv("http_proxy");
  ::unsetenv("ALL_PROXY");
  ASSERT_TRUE(fetched) << fetched.error().private_message;
  EXPECT_NE(server_.requests().at(0).head.find("GET /ok/cat.jpg HTTP/1.1\r\n"), std::string::npos);
}

// In the following tests 127.0.0.2 plays a public address, and 127.0.0.1 the inner one that must not be reached.

TEST_F(CurlUrlFetcherTest, ConnectsToTheAddressThatWasCheckedWhenDnsChangesItsAnswer) {
  const DnsServer dns({{kSecond}, {kFirst}});
  const auto fetched = fetch(server_.url("/ok/cat.jpg", "rebind.example"),
                             {.allowed_networks = {"127.0.0.2"}, .resolver = dns.resolver()});
  ASSERT_TRUE(fetched) << fetched.error().private_message;
  EXPECT_EQ(dns.queries(), 1);
  ASSERT_EQ(server_.requests().size(), 1U);
  EXPECT_EQ(server_.requests()[0].local_address, "127.0.0.2");
  EXPECT_NE(server_.requests()[0].head.find("\r\nHost: rebind.example:"), std::string::npos);

  // The second fetch asks again, hears the inner address, and goes nowhere.
  const auto again = fetch(server_.url("/ok/cat.jpg", "rebind.example"),
                           {.allowed_networks = {"127.0.0.2"}, .resolver = dns.resolver()});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kUrlNotAllowed);
  EXPECT_EQ(dns.queries(), 2);
  EXPECT_EQ(server_.requests().size(), 1U);
}

TEST_F(CurlUrlFetcherTest, ARedirectToTheSameNameIsResolvedAndCheckedAgain) {
  const DnsServer dns({{kSecond}, {kFirst}});
  const auto fetched =
      fetch(server_.url("/hop/0", "rebind.example"), {.allowed_networks = {"127.0.0.2"}, .resolver = dns.resolver()});
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, ErrorCode::kUrlNotAllowed);
  ASSERT_EQ(server_.requests().size(), 1U);
  EXPECT_EQ(server_.requests()[0].local_address, "127.0.0.2");
}

TEST_F(CurlUrlFetcherTest, OneForbiddenAddressAmongTheAnswersRefusesTheName) {
  const DnsServer dns({{kSecond, kFirst}});
  const auto fetched = fetch(server_.url("/ok/cat.jpg", "mixed.example"),
                             {.allowed_networks = {"127.0.0.2"}, .resolver = dns.resolver()});
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, ErrorCode::kUrlNotAllowed);
  EXPECT_EQ(fetched.error().public_message, "This address is not allowed: only public Internet addresses are fetched.");
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(CurlUrlFetcherTest, ANameWithATrailingDotIsPinnedAsWell) {
  const DnsServer dns({{kSecond}, {kFirst}});
  const auto fetched = fetch(server_.url("/ok/cat.jpg", "Rebind.Example."),
                             {.allowed_networks = {"127.0.0.2"}, .resolver = dns.resolver()});
  ASSERT_TRUE(fetched) << fetched.error().private_message;
  EXPECT_EQ(server_.requests().at(0).local_address, "127.0.0.2");
}

TEST_F(CurlUrlFetcherTest, ADnsServerThatDoesNotAnswerEndsTheFetchAfterItsTimeLimit) {
  const auto released = std::make_shared<std::promise<void>>();
  const std::shared_future<void> release = released->get_future().share();
  const Resolver silent = [release](const std::string&) -> Result<std::vector<IpAddress>> {
    release.wait();
    return std::vector<IpAddress>();
  };
  const auto begun = std::chrono::steady_clock::now();
  const auto fetched = fetch(server_.url("/ok/cat.jpg", "slow.example"),
                             {.dns_timeout = std::chrono::milliseconds(50), .resolver = silent});
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, ErrorCode::kUrlFetchFailed);
  EXPECT_EQ(fetched.error().public_message, "Looking up the host name of this URL took too long.");
  released->set_value();
}

TEST(ResolveWithin, LimitsTheLookupsThatAreUnderWay) {
  std::promise<void> released;
  const std::shared_future<void> release = released.get_future().share();
  const Resolver silent = [release](const std::string&) -> Result<std::vector<IpAddress>> {
    release.wait();
    return std::vector<IpAddress>();
  };
  std::string refusal;
  for (int i = 0; i < 100 && !refusal.starts_with("Too many"); ++i) {
    refusal = resolve_within(silent, "slow.example", std::chrono::milliseconds(1)).error().public_message;
  }
  EXPECT_EQ(refusal, "Too many host names are being looked up: try again later.");
  released.set_value();
  const Resolver quick = [](const std::string&) -> Result<std::vector<IpAddress>> { return std::vector<IpAddress>(); };
  bool free_again = false;
  for (int i = 0; i < 500 && !free_again; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    free_again = resolve_within(quick, "quick.example", std::chrono::milliseconds(1'000)).has_value();
  }
  EXPECT_TRUE(free_again);
}

TEST(CurlUrlFetcher, IsNotMadeWithANetworkThatIsNone) {
  const auto fetcher = CurlUrlFetcher::make({.allowed_networks = {"10.0.0.0/40"}});
  ASSERT_FALSE(fetcher);
  EXPECT_EQ(fetcher.error().code, ErrorCode::kInvalidField);
}

}  // namespace
}  // namespace pictor::net
