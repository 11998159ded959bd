#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "domain/ports/session_store.hpp"
#include "domain/webhook.hpp"

namespace pictor::domain {

/// A delivery that this process may send until its lease ends, with all that sending takes.
struct DueDelivery {
  DeliveryId id;
  WebhookId webhook;     ///< empty: a job's own callback
  std::string endpoint;  ///< receivers are kept apart by this: the account, a blank, and what is its own
  EventId event;
  std::string url;
  std::string payload;
  std::vector<std::string> secrets;  ///< newest first
  int attempt = 1;                   ///< which try this is
};

/// Webhooks and what is sent to them. Deliveries are made by other stores, in the transaction of what they tell of.
/// Secrets are encrypted at rest. Thread-safe; safe beside another process on the same database.
class WebhookStore {
 public:
  virtual ~WebhookStore() = default;

  /// @error kInvalidField  the account has kMaxWebhooks of them
  virtual Result<void> create(const Webhook& webhook, const std::string& secret) = 0;
  /// @error kNotFound  also for another account's
  virtual Result<Webhook> find(const AccountId& account, const WebhookId& id) = 0;
  virtual Result<Page<Webhook>> list(const AccountId& account, const PageRequest& page) = 0;
  /// Fields that are not there stay. What waits to be sent to one that becomes inactive is cancelled. @error kNotFound
  virtual Result<Webhook> update(const AccountId& account, const WebhookId& id, const WebhookFields& fields,
                                 Timestamp now) = 0;
  /// With its deliveries. @error kNotFound
  virtual Result<void> remove(const AccountId& account, const WebhookId& id) = 0;
  /// The present secret signs beside the new one until `overlap_until`; one before it ends now. @error kNotFound
  virtual Result<Webhook> rotate(const AccountId& account, const WebhookId& id, const std::string& secret,
                                 Timestamp overlap_until) = 0;
  /// Replaces the secret that signs this account's callbacks. The present one, if there is one, signs beside the new
  /// one until `overlap_until`; one before it ends now. @error kNotFound
  virtual Result<void> set_signing_secret(const AccountId& account, const std::string& secret,
                                          Timestamp overlap_until) = 0;

  /// @error kNotFound
  virtual Result<Page<Delivery>> deliveries(const AccountId& account, const WebhookId& id, const PageRequest& page) = 0;
  /// Makes a delivery of kTestEvent. @error kNotFound, kInvalidField (not active)
  virtual Result<Delivery> send_test(const AccountId& account, const WebhookId& id, Timestamp now) = 0;
  /// Makes a new delivery of the same event: same id, same payload. @error kNotFound, kInvalidField (not active)
  virtual Result<Delivery> redeliver(const AccountId& account, const WebhookId& id, const DeliveryId& delivery,
                                     Timestamp now) = 0;

  /// What was sent to a job's own callback, newest first. The job's owner is the caller's to check.
  virtual Result<Page<Delivery>> callback_deliveries(const AccountId& account, const JobId& job,
                                                     const PageRequest& page) = 0;
  /// As redeliver, of what a job's own callback was sent last. @error kNotFound  nothing was yet, or it is kept no
  /// longer
  virtual Result<Delivery> redeliver_callback(const AccountId& account, const JobId& job, Timestamp now) = 0;

  /// How long after its cause an event or a callback is sent for the first time, from now on and whichever process
  /// stores it. What is sent by hand (send_test, redeliver) goes at once.
  virtual Result<void> set_first_wait(milliseconds wait) = 0;
  /// Takes up to `limit` deliveries that are due, endpoints by turns, oldest first within each.
  /// @param room  how many of this endpoint may be taken now; asked once for each endpoint with something due
  virtual Result<std::vector<DueDelivery>> lease_due(Timestamp now, milliseconds lease_time, int limit,
                                                     const std::function<int(const std::string& endpoint)>& room) = 0;
  /// How a try ended.
  struct Outcome {
    DeliveryAnswer answer;
    DeliveryStatus status = DeliveryStatus::kDelivered;
    std::optional<Timestamp> next_at;  ///< kPending
    bool disables = false;             ///< the receiver said 410: its webhook ends, and what waits for it
  };
  /// A lost lease, or a delivery that is gone, changes nothing.
  virtual Result<void> record(const DueDelivery& delivery, const Outcome& outcome, Timestamp now) = 0;
  /// The try did not take place (shutdown) and does not count.
  virtual Result<void> give_back(const DueDelivery& delivery) = 0;
  /// At the start of a single node: what an earlier process left unfinished is due again. @return how many
  virtual Result<int> release_leases() = 0;
  /// Deliveries that ended before `before`, and versions of jobs that are gone. @return how many deliveries went
  virtual Result<int> forget(Timestamp before) = 0;
  struct Counts {
    std::int64_t pending = 0;
  };
  virtual Result<Counts> counts() = 0;
};

}  // namespace pictor::domain
