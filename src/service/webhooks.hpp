#pragma once

#include <functional>
#include <string>

#include "domain/account.hpp"
#include "domain/job.hpp"
#include "domain/ports/http_poster.hpp"
#include "domain/ports/webhook_store.hpp"

namespace pictor::service {

/// Looks an address that a client named up, as if a message were sent to it now.
/// @param pointer  of the field that holds it (`/callbackUrl`)
/// @error kUrlNotAllowed, kUrlFetchFailed  with the field named
[[nodiscard]] Result<void> check_target(domain::HttpPoster& poster, const std::string& url, const std::string& pointer);

/// Webhooks of an account. Thread-safe.
class Webhooks {
 public:
  /// @param overlap  how long two secrets sign after a rotation, an endpoint's or the account's
  Webhooks(domain::WebhookStore& store, domain::HttpPoster& poster, const Clock& clock, milliseconds overlap)
      : store_(store), poster_(poster), clock_(clock), overlap_(overlap) {}

  struct WithSecret {
    domain::Webhook webhook;
    std::string secret;  ///< shown this once
  };
  /// @error kInvalidField, kUnknownField, kUrlNotAllowed, kUrlFetchFailed
  Result<WithSecret> create(const domain::Principal& who, const Json& body);
  Result<domain::Webhook> find(const domain::Principal& who, const std::string& id);
  Result<domain::Page<domain::Webhook>> list(const domain::Principal& who, const domain::PageRequest& page);
  /// @error as create, kNotFound
  Result<domain::Webhook> update(const domain::Principal& who, const std::string& id, const Json& body);
  Result<void> remove(const domain::Principal& who, const std::string& id);
  Result<WithSecret> rotate(const domain::Principal& who, const std::string& id);
  Result<domain::Delivery> send_test(const domain::Principal& who, const std::string& id);
  Result<domain::Page<domain::Delivery>> deliveries(const domain::Principal& who, const std::string& id,
                                                    const domain::PageRequest& page);
  Result<domain::Delivery> redeliver(const domain::Principal& who, const std::string& id, const std::string& delivery);
  /// What was sent to the callback of a job of this account, newest first.
  Result<domain::Page<domain::Delivery>> callback_deliveries(const domain::Principal& who, const domain::JobId& job,
                                                             const domain::PageRequest& page);
  /// Sends a finished job's callback once more. @error kInvalidField (no callback, or not over), kNotFound (kept no
  /// longer)
  Result<domain::Delivery> redeliver_callback(const domain::Principal& who, const domain::Job& job);
  /// A new secret for the account's callbacks; the one before signs beside it for the overlap. @return it, this once
  Result<std::string> make_signing_secret(const domain::Principal& who);

  /// Called when something is due at once. Set once, before use.
  void on_due(std::function<void()> listener) { on_due_ = std::move(listener); }

 private:
  void tell_due() const;

  domain::WebhookStore& store_;
  domain::HttpPoster& poster_;
  const Clock& clock_;
  milliseconds overlap_;
  std::function<void()> on_due_;
};

}  // namespace pictor::service
