#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "domain/ids.hpp"

namespace pictor::domain {

/// What webhooks can listen to; section 9.
inline constexpr std::array<std::string_view, 5> kWebhookEvents = {"analyze.completed", "export.completed",
                                                                   "job.failed", "credits.low", "session.expired"};
/// What `POST …/test` sends, to one webhook, whatever it listens to.
inline constexpr std::string_view kTestEvent = "webhook.test";
inline constexpr int kMaxWebhooks = 50;  ///< an account

/// An address of a customer's that is told of events. Its secret is not in here: it is shown once.
struct Webhook {
  WebhookId id;
  AccountId account;
  std::string url;
  std::string description;
  std::vector<std::string> events;  ///< out of kWebhookEvents, at least one
  bool active = true;
  std::string disabled_reason;  ///< empty, or why it is not active without its owner's doing: `gone` (410)
  Timestamp created_at;
};
[[nodiscard]] Json to_api_json(const Webhook& webhook);

/// Fields that a request names; `url`, `events` are always there when it makes a new one.
struct WebhookFields {
  std::optional<std::string> url;
  std::optional<std::vector<std::string>> events;
  std::optional<std::string> description;
  std::optional<bool> active;
};
/// The body of POST /v1/webhooks. The URL is not yet checked. @error kInvalidField, kUnknownField
[[nodiscard]] Result<WebhookFields> parse_new_webhook(const Json& json);
/// The body of PATCH /v1/webhooks/{webhookId}. @error kInvalidField, kUnknownField
[[nodiscard]] Result<WebhookFields> parse_webhook_changes(const Json& json);

enum class DeliveryStatus { kPending, kDelivered, kFailed, kCancelled };
[[nodiscard]] std::string_view name_of(DeliveryStatus status);
[[nodiscard]] DeliveryStatus delivery_status_from_name(std::string_view name);

/// The answer to the last try.
struct DeliveryAnswer {
  std::optional<int> status;  ///< HTTP; none when there was no answer
  milliseconds took{0};
  std::string body;     ///< its first 1,024 bytes
  std::string problem;  ///< why it does not count as delivered; empty when it does
};

/// One event on its way to one address.
struct Delivery {
  DeliveryId id;
  WebhookId webhook;  ///< empty: to a job's own callback
  EventId event;
  std::string type;
  std::string url;
  DeliveryStatus status = DeliveryStatus::kPending;
  int attempts = 0;
  std::optional<Timestamp> next_at;      ///< of the next try; none when there is none to come
  std::optional<DeliveryAnswer> answer;  ///< none before the first try ended
  Timestamp created_at;
  std::optional<Timestamp> finished_at;
};
[[nodiscard]] Json to_api_json(const Delivery& delivery);

/// `whsec_` and base64 of 24 random bytes (Standard Webhooks 1.0.0, "Signature scheme").
[[nodiscard]] std::string new_webhook_secret();

/// The value of `webhook-signature`: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`, one for each secret,
/// blanks between. Source: Standard Webhooks 1.0.0.
/// @param secrets  each `whsec_…`; one that is none is left out
/// @param unix_seconds  the value of `webhook-timestamp`
[[nodiscard]] std::string webhook_signature(const std::vector<std::string>& secrets, std::string_view id,
                                            std::int64_t unix_seconds, std::string_view body);

}  // namespace pictor::domain
