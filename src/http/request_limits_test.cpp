#include "http/request_limits.hpp"

#include <gtest/gtest.h>
#include <thread>

#include "http/testing/test_server.hpp"

namespace pictor::http {
namespace {

using testing::ask;
using testing::RawClient;
using testing::status_of;
using testing::TestServer;

const std::string kUnknownKey = "sk-" + std::string(40, 'a');

ApiConfig limited(const Clock& clock, int requests_per_minute, int concurrent = 16) {
  ApiConfig config;
  config.request_limits.enabled = true;
  config.request_limits.clock = &clock;
  config.request_limits.anonymous_rate = 20;
  config.request_limits.proxies = TrustedProxies::parse({"127.0.0.1"}).value();
  config.request_limits.plan_of = [requests_per_minute, concurrent](const domain::Principal&) {
    domain::Plan plan;
    plan.requests_per_minute = requests_per_minute;
    plan.concurrent_requests = concurrent;
    return plan;
  };
  return config;
}

std::string head(const std::string& line, const std::string& key, const std::string& more = "") {
  return line + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" + (key.empty() ? "" : "X-API-Key: " + key + "\r\n") +
         more + "\r\n";
}
bool has(const std::string& answer, const std::string& text) { return answer.find(text) != std::string::npos; }

TEST(RequestLimits, EveryAuthenticatedAnswerSaysWhatIsLeft) {
  const ManualClock clock;
  TestServer server({}, limited(clock, 60));
  const std::uint16_t port = server.server->port();
  const std::string first = ask(port, head("GET /v1/sessions", server.key));
  EXPECT_TRUE(has(first, "RateLimit-Policy: \"plan\";q=60;w=60\r\n")) << first;
  EXPECT_TRUE(has(first, "RateLimit: \"plan\";r=59;t=1\r\n")) << first;
  const std::string missing = ask(port, head("GET /v1/jobs/job_01jd000000000000000000000a", server.key));
  EXPECT_EQ(status_of(missing), 404);
  EXPECT_TRUE(has(missing, "RateLimit: \"plan\";r=58;t=2\r\n")) << missing;
  const std::string refused = ask(port, head("POST /v1/export", server.key, "Content-Type: text/plain\r\n"));
  EXPECT_GE(status_of(refused), 400);
  EXPECT_TRUE(has(refused, "RateLimit: \"plan\";r=57;t=3\r\n")) << refused;
  EXPECT_FALSE(has(ask(port, head("GET /v1/presets", "")), "RateLimit"));
}

TEST(RequestLimits, PastThePlanARequestIsRefusedUntilRetryAfter) {
  ManualClock clock;
  TestServer server({}, limited(clock, 2));
  const std::uint16_t port = server.server->port();
  EXPECT_EQ(status_of(ask(port, head("GET /v1/sessions", server.key))), 200);
  EXPECT_EQ(status_of(ask(port, head("GET /v1/sessions", server.key))), 200);
  const std::string refused = ask(port, head("GET /v1/sessions", server.key));
  EXPECT_EQ(status_of(refused), 429);
  EXPECT_TRUE(has(refused, "\"code\":\"rate_limited\"")) << refused;
  EXPECT_TRUE(has(refused, "Retry-After: 30\r\n")) << refused;
  EXPECT_TRUE(has(refused, "RateLimit: \"plan\";r=0;t=60\r\n")) << refused;
  clock.advance(seconds(30));
  EXPECT_EQ(status_of(ask(port, head("GET /v1/sessions", server.key))), 200);
}

TEST(RequestLimits, ARefusedUploadIsNotRead) {
  const ManualClock clock;
  TestServer server({}, limited(clock, 1));
  const std::uint16_t port = server.server->port();
  ask(port, head("GET /v1/sessions", server.key));
  RawClient client(port);
  client.send(head("POST /v1/optimize", server.key,
                   "Content-Type: image/png\r\nContent-Length: 60000000\r\nExpect: 100-continue\r\n"));
  const std::string answer = client.read_all();
  EXPECT_EQ(status_of(answer), 429) << answer;
  EXPECT_EQ(server.temporary_files(), 0);
}

TEST(RequestLimits, OneKeyMayBeHeldToAShareOfThePlan) {
  const ManualClock clock;
  ApiConfig config = limited(clock, 10);
  config.request_limits.key_share = 20;
  TestServer server({}, config);
  const std::uint16_t port = server.server->port();
  const std::string other = server.registry->create_key("", {.name = "other"}).value().key_text;
  EXPECT_TRUE(
      has(ask(port, head("GET /v1/sessions", server.key)), "RateLimit: \"plan\";r=9;t=6, \"key\";r=1;t=30\r\n"));
  EXPECT_EQ(status_of(ask(port, head("GET /v1/sessions", server.key))), 200);
  const std::string refused = ask(port, head("GET /v1/sessions", server.key));
  EXPECT_EQ(status_of(refused), 429);
  EXPECT_TRUE(has(refused, "RateLimit: \"key\";r=0;t=60\r\n")) << refused;
  EXPECT_TRUE(has(ask(port, head("GET /v1/sessions", other)), "\"plan\";r=7;"));
}

TEST(RequestLimits, FailedSignInsOfAnAddressWaitBeforeAnyLookUpAndOthersDoNot) {
  ManualClock clock;
  TestServer server({}, limited(clock, 1'000));
  const std::uint16_t port = server.server->port();
  const std::string attacker = "X-Forwarded-For: 2001:db8:1:2::";
  EXPECT_EQ(status_of(ask(port, head("GET /v1/sessions", server.key, attacker + "1\r\n"))), 200);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(status_of(ask(port, head("GET /v1/sessions", kUnknownKey, attacker + std::to_string(i) + "\r\n"))), 401);
  }
  const std::string refused = ask(port, head("GET /v1/sessions", kUnknownKey, attacker + "99\r\n"));
  EXPECT_EQ(status_of(refused), 429);
  EXPECT_TRUE(has(refused, "Retry-After: 10\r\n")) << refused;
  const std::string fresh = server.registry->create_key("", {.name = "fresh"}).value().key_text;
  EXPECT_EQ(status_of(ask(port, head("GET /v1/sessions", fresh, attacker + "1\r\n"))), 429) << "not looked up";
  EXPECT_EQ(status_of(ask(port, head("GET /v1/sessions", server.key, attacker + "1\r\n"))), 200) << "it worked lately";
  EXPECT_EQ(status_of(ask(port, head("GET /v1/sessions", fresh, "X-Forwarded-For: 192.0.2.7\r\n"))), 200);
  clock.advance(seconds(10));
  EXPECT_EQ(status_of(ask(port, head("GET /v1/sessions", kUnknownKey, attacker + "1\r\n"))), 401);
  EXPECT_TRUE(has(ask(port, head("GET /v1/sessions", kUnknownKey, attacker + "1\r\n")), "Retry-After: 20\r\n"));
}

TEST(RequestLimits, RequestsWithoutAKeyAreCountedByAddressAndProbesAreNot) {
  const ManualClock clock;
  TestServer server({}, limited(clock, 1'000));
  const std::uint16_t port = server.server->port();
  const std::string one = "X-Forwarded-For: 192.0.2.1\r\n";
  for (int i = 0; i < 19; ++i) {
    EXPECT_EQ(status_of(ask(port, head("GET /v1/presets", "", one))), 200);
  }
  EXPECT_EQ(status_of(ask(port, head("GET /v1/sessions", "", one))), 401);
  const std::string refused = ask(port, head("GET /v1/presets", "", one));
  EXPECT_EQ(status_of(refused), 429);
  EXPECT_TRUE(has(refused, "RateLimit-Policy: \"address\";q=20;w=60\r\n")) << refused;
  EXPECT_TRUE(has(refused, "Retry-After: 3\r\n")) << refused;
  EXPECT_EQ(status_of(ask(port, head("GET /v1/sessions", "", one))), 429);
  EXPECT_EQ(status_of(ask(port, head("GET /v1/sessions", server.key, one))), 200);
  EXPECT_EQ(status_of(ask(port, head("GET /healthz", "", one))), 200);
  EXPECT_EQ(status_of(ask(port, head("GET /v1/presets", "", "X-Forwarded-For: 192.0.2.2\r\n"))), 200);
}

TEST(RequestLimits, SlowCallsOfAnAccountAtOnceAreLimitedByItsPlan) {
  const ManualClock clock;
  TestServer server({}, limited(clock, 1'000, 2));
  const std::uint16_t port = server.server->port();
  const auto begin = [&](RawClient& client) {
    client.send(head("POST /v1/optimize", server.key,
                     "Content-Type: image/png\r\nContent-Length: 8\r\nExpect: 100-continue\r\n"));
    return client.read_until("\r\n\r\n");
  };
  RawClient one(port);
  RawClient two(port);
  EXPECT_TRUE(has(begin(one), "100 Continue"));
  EXPECT_TRUE(has(begin(two), "100 Continue"));
  RawClient three(port);
  const std::string refused = begin(three);
  EXPECT_EQ(status_of(refused), 429) << refused;
  EXPECT_TRUE(has(refused, "\"concurrency\";q=2")) << refused;
  EXPECT_TRUE(has(refused, "Retry-After: 1\r\n")) << refused;
  EXPECT_EQ(status_of(ask(port, head("GET /v1/sessions", server.key))), 200) << "quick calls go on";
  one.clear();
  one.send("IMG abcd");
  EXPECT_EQ(status_of(one.read_all()), 200);
  RawClient four(port);
  EXPECT_TRUE(has(begin(four), "100 Continue"));
}

TEST(RequestLimits, AnUploadThatBreaksOffGivesItsPlaceBack) {
  const ManualClock clock;
  TestServer server({}, limited(clock, 1'000, 1));
  const std::uint16_t port = server.server->port();
  const std::string request =
      head("POST /v1/optimize", server.key, "Content-Type: image/png\r\nContent-Length: 8\r\nExpect: 100-continue\r\n");
  {
    RawClient broken(port);
    broken.send(request);
    EXPECT_TRUE(has(broken.read_until("\r\n\r\n"), "100 Continue"));
  }
  int status = 429;
  for (int i = 0; i < 200 && status == 429; ++i) {
    RawClient next(port);
    next.send(request);
    status = status_of(next.read_until("\r\n\r\n"));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(status, 100);
}

}  // namespace
}  // namespace pictor::http
