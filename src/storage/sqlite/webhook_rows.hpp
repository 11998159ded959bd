#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "domain/ids.hpp"
#include "domain/webhook.hpp"
#include "storage/sqlite/connection.hpp"

namespace pictor::storage {

/// Columns that `read_delivery` reads, in its order.
#define PICTOR_DELIVERY_COLUMNS                                                                           \
  "id, webhook, event, type, url, status, attempts, next_at, answer_status, answer_ms, answer, problem, " \
  "created_at, finished_at"

[[nodiscard]] domain::Delivery read_delivery(const Statement& row);
/// The newest delivery to a job's own callback; none before the job's end, or when it is kept no longer.
[[nodiscard]] std::optional<domain::Delivery> last_callback(Connection& connection, const domain::AccountId& account,
                                                            const domain::JobId& job);

// The outbox of webhooks: called inside the transaction of what they tell of, so that an event is sent exactly when its
// cause was committed. Payload: `{"type","timestamp","version","data"}`; section 9.

/// One delivery for each active webhook of the account that wants events of this type (section 9's list).
/// @param subject  the id of what the event is about (a job, a session, the account): `version` counts by it, from 1
/// @param data     the subject's API shape
/// @throw SqliteProblem
void enqueue_event(Connection& connection, const domain::AccountId& account, std::string_view type,
                   const std::string& subject, const Json& data, Timestamp now);

/// One delivery to a job's own `callbackUrl`, which was checked when the job was made. Nothing for an empty `url`.
/// @param subject  the job's id
/// @throw SqliteProblem
void enqueue_callback(Connection& connection, const domain::AccountId& account, const std::string& url,
                      std::string_view type, const std::string& subject, const Json& data, Timestamp now);

/// One delivery to one webhook, whatever it listens to (`webhook.test`). @return its id @throw SqliteProblem
domain::DeliveryId enqueue_for_webhook(Connection& connection, const domain::AccountId& account,
                                       const domain::WebhookId& webhook, const std::string& url, std::string_view type,
                                       const std::string& subject, const Json& data, Timestamp now);

}  // namespace pictor::storage
