#include "net/curl_http_poster.hpp"

#include <array>
#include <ctime>
#include <gtest/gtest.h>
#include <thread>

#include "net/testing/dns_server.hpp"
#include "net/testing/http_server.hpp"

namespace pictor::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::DnsServer;
using testing::HttpServer;

void answer(const HttpServer::Request& request, const HttpServer::Answer& to) {
  const std::string& path = request.path;
  const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  if (path == "/moved") {
    to.send("HTTP/1.1 301 Moved\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n");
  } else if (path == "/gone") {
    to.send("HTTP/1.1 410 Gone\r\nContent-Length: 4\r\n\r\ngone");
  } else if (path == "/interim") {
    to.send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + ok);
  } else if (path.starts_with("/busy/")) {
    to.send("HTTP/1.1 503 Busy\r\nRetry-After: " + path.substr(6) + "\r\nContent-Length: 0\r\n\r\n");
  } else if (path == "/silent") {
    while (to.send("")) {
      std::this_thread::sleep_for(milliseconds(10));
    }
  } else if (path == "/slow-head") {
    while (to.send("X")) {
      std::this_thread::sleep_for(milliseconds(10));
    }
  } else if (path == "/dripping") {
    to.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    while (to.send("x")) {
      std::this_thread::sleep_for(milliseconds(20));
    }
  } else if (path == "/endless") {
    to.send("HTTP/1.1 200 OK\r\n\r\n");
    while (to.send(std::string(10'000, 'x'))) {
    }
  } else if (path == "/short") {
    to.send("HTTP/1.1 500 Broken\r\nContent-Length: 100\r\n\r\nhalf\xff");
  } else if (path != "/nothing") {
    to.send(ok);
  }
}

class CurlHttpPosterTest : public ::testing::Test {
 protected:
  Result<domain::HttpPoster::Answer> post(const std::string& url, PosterConfig config = {},
                                          const std::stop_token& stop = {}) {
    if (config.allowed_networks.empty()) {
      config.allowed_networks = {"127.0.0.0/8"};
    }
    auto poster = CurlHttpPoster::make(std::move(config));
    return (*poster)->post({url, {{"webhook-id", "evt_1"}, {"Content-Type", "application/json"}}, R"({"a":1})"}, stop);
  }
  ErrorCode refusal_of(const std::string& url, PosterConfig config = {}) {
    auto poster = CurlHttpPoster::make(std::move(config));
    const Result<void> checked = (*poster)->check(url);
    return checked ? ErrorCode::kInternal : checked.error().code;
  }

  HttpServer server_{answer};
};

TEST_F(CurlHttpPosterTest, SendsHeadersAndBringsStatusAndBody) {
  const auto answered = post(server_.url("/ok"));
  ASSERT_TRUE(answered) << answered.error().private_message;
  EXPECT_EQ(answered->status, 200);
  EXPECT_EQ(answered->body, "ok");
  const std::string head = server_.requests().at(0).head;
  EXPECT_TRUE(head.starts_with("POST /ok HTTP/1.1\r\n")) << head;
  EXPECT_NE(head.find("\r\nwebhook-id: evt_1\r\n"), std::string::npos) << head;
  EXPECT_NE(head.find("\r\nContent-Length: 7\r\n"), std::string::npos) << head;
  EXPECT_EQ(head.find("Expect"), std::string::npos) << head;
}

TEST_F(CurlHttpPosterTest, ARedirectIsAnAnswerAndIsNotFollowed) {
  EXPECT_EQ(post(server_.url("/moved"))->status, 301);
  EXPECT_EQ(server_.requests().size(), 1U);
}

TEST_F(CurlHttpPosterTest, EveryFinalStatusIsAnAnswer) {
  EXPECT_EQ(post(server_.url("/gone"))->status, 410);
  EXPECT_EQ(post(server_.url("/gone"))->body, "gone");
  EXPECT_EQ(post(server_.url("/interim"))->status, 200);
}

TEST_F(CurlHttpPosterTest, RetryAfterIsRead) {
  const auto wait = [this](const std::string& text) { return post(server_.url("/busy/" + text))->retry_after; };
  EXPECT_EQ(wait("120"), std::chrono::seconds(120));
  EXPECT_EQ(wait("0"), std::nullopt);
  EXPECT_EQ(wait("-5"), std::nullopt);
  EXPECT_EQ(wait("soon"), std::nullopt);
  EXPECT_EQ(post(server_.url("/gone"))->retry_after, std::nullopt);
}

TEST_F(CurlHttpPosterTest, RetryAfterMayBeADate) {
  const std::time_t then = std::time(nullptr) + 3'600;
  std::array<char, 64> date{};
  std::strftime(date.data(), date.size(), "%a, %d %b %Y %H:%M:%S GMT", std::gmtime(&then));
  const HttpServer dated([&date](const HttpServer::Request& /*request*/, const HttpServer::Answer& to) {
    to.send("HTTP/1.1 429 Slow down\r\nRetry-After: " + std::string(date.data()) + "\r\nContent-Length: 0\r\n\r\n");
  });
  const auto answered = post(dated.url("/"));
  ASSERT_TRUE(answered);
  ASSERT_TRUE(answered->retry_after);
  EXPECT_LE(*answered->retry_after, std::chrono::seconds(3'600));
  EXPECT_GE(*answered->retry_after, std::chrono::seconds(3'590));
}

TEST_F(CurlHttpPosterTest, ABodyCutShortKeepsItsStatusAndBecomesUtf8) {
  const auto answered =
      post(server_.url("/short"), {.total_timeout = milliseconds(2'000), .body_patience = milliseconds(100)});
  ASSERT_TRUE(answered);
  EXPECT_EQ(answered->status, 500);
  EXPECT_EQ(answered->body, "half\xEF\xBF\xBD");
}

TEST_F(CurlHttpPosterTest, NoAnswerFails) {
  const PosterConfig quick{.total_timeout = milliseconds(200)};
  for (const char* path : {"/silent", "/slow-head"}) {
    const auto answered = post(server_.url(path), quick);
    ASSERT_FALSE(answered) << path;
    EXPECT_EQ(answered.error().code, ErrorCode::kUrlFetchFailed);
  }
  EXPECT_EQ(post(server_.url("/nothing"), quick).error().code, ErrorCode::kUrlFetchFailed);
  EXPECT_EQ(post("http://127.0.0.1:1/", quick).error().code, ErrorCode::kUrlFetchFailed);
}

TEST_F(CurlHttpPosterTest, AHugeBodyIsReadToOneKibibyteOnly) {
  const auto answered = post(server_.url("/endless"));
  ASSERT_TRUE(answered);
  EXPECT_EQ(answered->body.size(), 1'024U);
  EXPECT_LT(answered->took, milliseconds(5'000));
}

TEST_F(CurlHttpPosterTest, ADrippingBodyIsNotWaitedFor) {
  const auto answered = post(server_.url("/dripping"), {.body_patience = milliseconds(100)});
  ASSERT_TRUE(answered);
  EXPECT_EQ(answered->status, 200);
  EXPECT_LT(answered->body.size(), 1'024U);
  EXPECT_LT(answered->took, milliseconds(5'000));
}

TEST_F(CurlHttpPosterTest, StopsWithinSeconds) {
  std::stop_source stop;
  std::thread later([&] {
    while (server_.requests().empty()) {
      std::this_thread::yield();
    }
    stop.request_stop();
  });
  const auto begun = steady_clock::now();
  const auto answered = post(server_.url("/silent"), {}, stop.get_token());
  later.join();
  ASSERT_FALSE(answered);
  EXPECT_EQ(answered.error().code, ErrorCode::kCancelled);
  EXPECT_LT(steady_clock::now() - begun, milliseconds(5'000));
}

TEST_F(CurlHttpPosterTest, RefusesAddressesHoweverTheyAreWritten) {
  for (const char* url : {"http://127.0.0.1/",
                          "http://127.1/",
                          "http://2130706433/",
                          "http://0x7f000001/",
                          "http://0177.0.0.1/",
                          "http://0x7f.1/",
                          "http://[::1]/",
                          "http://[::ffff:10.0.0.1]/",
                          "http://[::ffff:7f00:1]/",
                          "http://0/",
                          "http://[fe80::1%25eth0]/",
                          "http://localhost/",
                          "http://127.0.0.1:0/",
                          "ftp://8.8.8.8/",
                          "file:///etc/passwd",
                          "http://user@8.8.8.8/",
                          "javascript:alert(1)",
                          "http://",
                          "",
                          "http://8.8.8.8/\r\nHost: inner"}) {
    EXPECT_EQ(refusal_of(url), ErrorCode::kUrlNotAllowed) << url;
    auto poster = CurlHttpPoster::make({});
    const auto answered = (*poster)->post({url, {}, ""}, {});
    ASSERT_FALSE(answered) << url;
    EXPECT_EQ(answered.error().code, ErrorCode::kUrlNotAllowed) << url;
  }
}

// 127.0.0.2 plays a public address, and 127.0.0.1 the inner one that must not be reached.

TEST_F(CurlHttpPosterTest, ANameWithOneForbiddenAddressIsRefused) {
  const DnsServer dns({{{127, 0, 0, 2}, {127, 0, 0, 1}}});
  EXPECT_EQ(
      refusal_of(server_.url("/ok", "mixed.example"), {.allowed_networks = {"127.0.0.2"}, .resolver = dns.resolver()}),
      ErrorCode::kUrlNotAllowed);
}

TEST_F(CurlHttpPosterTest, ConnectsToTheAddressThatWasCheckedWhenDnsChangesItsAnswer) {
  const DnsServer dns({{{127, 0, 0, 2}}, {{127, 0, 0, 1}}});
  const PosterConfig config{.allowed_networks = {"127.0.0.2"}, .resolver = dns.resolver()};
  const auto answered = post(server_.url("/ok", "rebind.example."), config);
  ASSERT_TRUE(answered) << answered.error().private_message;
  EXPECT_EQ(server_.requests().at(0).local_address, "127.0.0.2");
  EXPECT_EQ(post(server_.url("/ok", "rebind.example."), config).error().code, ErrorCode::kUrlNotAllowed);
  EXPECT_EQ(server_.requests().size(), 1U);
}

}  // namespace
}  // namespace pictor::net
