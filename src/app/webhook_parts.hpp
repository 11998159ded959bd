#pragma once

#include <memory>

#include "app/config.hpp"
#include "jobs/webhook_sender.hpp"
#include "net/curl_http_poster.hpp"
#include "service/webhooks.hpp"
#include "storage/sqlite/sqlite_webhook_store.hpp"

namespace pictor::app {

/// All that sends webhooks, wired. Made before the API, started with the work; what it is made of outlives it.
class WebhookParts {
 public:
  /// @error kInvalidField  allowed_networks
  static Result<std::unique_ptr<WebhookParts>> make(const Config& config, storage::SqliteDatabase& database,
                                                    const std::string& pepper, const Clock& clock);

  Result<void> start() { return sender_->start(); }
  void stop() { sender_->stop(); }
  /// Something may be due: after a commit that told of an event.
  void wake() { sender_->wake(); }
  /// Housekeeping: deliveries that ended a month ago.
  Result<int> forget_old() { return store_->forget(clock_.now() - std::chrono::hours(30 * 24)); }

  [[nodiscard]] service::Webhooks& service() { return *service_; }
  [[nodiscard]] domain::HttpPoster& poster() { return *poster_; }

 private:
  explicit WebhookParts(const Clock& clock) : clock_(clock) {}

  const Clock& clock_;
  std::unique_ptr<storage::SqliteWebhookStore> store_;
  std::unique_ptr<net::CurlHttpPoster> poster_;
  std::unique_ptr<jobs::WebhookSender> sender_;
  std::unique_ptr<service::Webhooks> service_;
};

}  // namespace pictor::app
