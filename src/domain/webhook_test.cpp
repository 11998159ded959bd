#include "domain/webhook.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace pictor::domain {
namespace {

// The example that Standard Webhooks 1.0.0 and its reference libraries share.
const std::string kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

TEST(WebhookSignature, IsThatOfTheReferenceVector) {
  EXPECT_EQ(webhook_signature({kSecret}, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1'614'265'330, R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(WebhookSignature, HasOneForEachSecret) {
  const std::string other = new_webhook_secret();
  const std::string one = webhook_signature({kSecret}, "evt_1", 1, "{}");
  const std::string two = webhook_signature({other}, "evt_1", 1, "{}");
  EXPECT_EQ(webhook_signature({kSecret, other}, "evt_1", 1, "{}"), one + " " + two);
  EXPECT_EQ(webhook_signature({"", "nonsense", kSecret}, "evt_1", 1, "{}"), one);
}

TEST(WebhookSecret, HoldsTwentyFourBytesAndIsNeverTheSame) {
  const std::string secret = new_webhook_secret();
  ASSERT_TRUE(secret.starts_with("whsec_"));
  EXPECT_EQ(base64_decode(secret.substr(6))->size(), 24U);
  EXPECT_NE(secret, new_webhook_secret());
}

TEST(ParseWebhook, TakesTheFieldsOfTheContract) {
  const auto fields = parse_new_webhook(
      {{"url", "https://example.org"}, {"events", {"job.failed", "job.failed", "credits.low"}}, {"description", "x"}});
  ASSERT_TRUE(fields) << fields.error().public_message;
  EXPECT_EQ(*fields->url, "https://example.org");
  EXPECT_EQ(*fields->events, (std::vector<std::string>{"job.failed", "credits.low"}));
  EXPECT_EQ(*fields->description, "x");
}

TEST(ParseWebhook, NamesEveryFault) {
  const auto none = parse_new_webhook(Json::object());
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().fields.size(), 2U);
  for (const Json& wrong :
       {Json{{"url", ""}, {"events", {"job.failed"}}}, Json{{"url", 7}, {"events", {"job.failed"}}},
        Json{{"url", "https://example.org"}, {"events", Json::array()}},
        Json{{"url", "https://example.org"}, {"events", {"job.finished"}}},
        Json{{"url", "https://example.org"}, {"events", "job.failed"}},
        Json{{"url", "https://example.org"}, {"events", {"job.failed"}}, {"secret", "whsec_mine"}},
        Json{{"url", "https://example.org/" + std::string(3'000, 'x')}, {"events", {"job.failed"}}}, Json("text")}) {
    EXPECT_FALSE(parse_new_webhook(wrong)) << wrong.dump();
  }
  EXPECT_TRUE(parse_webhook_changes(Json::object()));
  EXPECT_FALSE(parse_webhook_changes({{"events", Json::array()}}));
  EXPECT_FALSE(*parse_webhook_changes({{"active", false}})->active);
}

}  // namespace
}  // namespace pictor::domain
