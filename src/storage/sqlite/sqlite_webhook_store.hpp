#pragma once

#include <mutex>

#include "base/secret_box.hpp"
#include "domain/ports/webhook_store.hpp"
#include "storage/sqlite/database.hpp"

namespace pictor::storage {

/// Tables `webhooks`, `deliveries`, `subject_versions`, and `accounts.signing_secret`. Rows come by webhook_rows.hpp.
class SqliteWebhookStore final : public domain::WebhookStore {
 public:
  /// @param pepper  of the server: the key of secrets at rest comes from it
  SqliteWebhookStore(SqliteDatabase& database, std::string_view pepper)
      : database_(database), box_(pepper, "webhook secrets") {}

  Result<void> create(const domain::Webhook& webhook, const std::string& secret) override;
  Result<domain::Webhook> find(const domain::AccountId& account, const domain::WebhookId& id) override;
  Result<domain::Page<domain::Webhook>> list(const domain::AccountId& account,
                                             const domain::PageRequest& page) override;
  Result<domain::Webhook> update(const domain::AccountId& account, const domain::WebhookId& id,
                                 const domain::WebhookFields& fields, Timestamp now) override;
  Result<void> remove(const domain::AccountId& account, const domain::WebhookId& id) override;
  Result<domain::Webhook> rotate(const domain::AccountId& account, const domain::WebhookId& id,
                                 const std::string& secret, Timestamp overlap_until) override;
  Result<void> set_signing_secret(const domain::AccountId& account, const std::string& secret,
                                  Timestamp overlap_until) override;

  Result<domain::Page<domain::Delivery>> deliveries(const domain::AccountId& account, const domain::WebhookId& id,
                                                    const domain::PageRequest& page) override;
  Result<domain::Delivery> send_test(const domain::AccountId& account, const domain::WebhookId& id,
                                     Timestamp now) override;
  Result<domain::Delivery> redeliver(const domain::AccountId& account, const domain::WebhookId& id,
                                     const domain::DeliveryId& delivery, Timestamp now) override;

  Result<domain::Page<domain::Delivery>> callback_deliveries(const domain::AccountId& account, const domain::JobId& job,
                                                             const domain::PageRequest& page) override;
  Result<domain::Delivery> redeliver_callback(const domain::AccountId& account, const domain::JobId& job,
                                              Timestamp now) override;
  Result<void> set_first_wait(milliseconds wait) override;

  // delivery_leases.cpp
  Result<std::vector<domain::DueDelivery>> lease_due(Timestamp now, milliseconds lease_time, int limit,
                                                     const std::function<int(const std::string&)>& room) override;
  Result<void> record(const domain::DueDelivery& delivery, const Outcome& outcome, Timestamp now) override;
  Result<void> give_back(const domain::DueDelivery& delivery) override;
  Result<int> release_leases() override;
  Result<int> forget(Timestamp before) override;
  Result<Counts> counts() override;

 private:
  std::vector<std::string> due_ids(Timestamp now, int limit, const std::function<int(const std::string&)>& room);
  std::optional<domain::DueDelivery> lease_one(Connection& connection, const std::string& id, Timestamp now,
                                               Timestamp until);
  std::vector<std::string> secrets_of_webhook(Connection& connection, const domain::WebhookId& id, Timestamp now);
  std::vector<std::string> secrets_of_account(Connection& connection, const std::string& account, Timestamp now);

  SqliteDatabase& database_;
  SecretBox box_;
  std::mutex turn_mutex_;
  std::string last_endpoint_;  ///< where the next look begins, so that all endpoints have their turn
};

}  // namespace pictor::storage
