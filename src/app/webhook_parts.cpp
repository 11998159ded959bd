#include "app/webhook_parts.hpp"

namespace pictor::app {

Result<std::unique_ptr<WebhookParts>> WebhookParts::make(const Config& config, storage::SqliteDatabase& database,
                                                         const std::string& pepper, const Clock& clock) {
  net::PosterConfig posting;
  posting.allowed_networks = config.allowed_networks;
  posting.total_timeout = config.webhook_timeout;
  Result<std::unique_ptr<net::CurlHttpPoster>> poster = net::CurlHttpPoster::make(std::move(posting));
  if (!poster) {
    return fail(poster.error());
  }
  std::unique_ptr<WebhookParts> parts(new WebhookParts(clock));
  parts->poster_ = *std::move(poster);
  parts->store_ = std::make_unique<storage::SqliteWebhookStore>(database, pepper);
  jobs::SenderConfig sending;
  sending.retries = config.webhook_retries;
  sending.lease_time = config.webhook_timeout * 2 + milliseconds(30'000);
  parts->sender_ = std::make_unique<jobs::WebhookSender>(*parts->store_, *parts->poster_, clock, std::move(sending));
  parts->service_ = std::make_unique<service::Webhooks>(*parts->store_, *parts->poster_, clock, config.secret_overlap);
  // A delivery that is made in a unit of work is there for the sender once that is on disk.
  parts->service_->on_due(
      [&database, sender = parts->sender_.get()] { database.after_commit([sender] { sender->wake(); }); });
  return parts;
}

}  // namespace pictor::app
