#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "domain/ports/http_poster.hpp"
#include "domain/ports/webhook_store.hpp"

namespace pictor::jobs {

struct SenderConfig {
  int threads = 32;
  int per_endpoint = 4;  ///< messages under way to one receiver at once, and to an account's unproven ones together
  /// How long after one failed try the next one comes; the first entry is the wait between the event and the first try.
  /// As many tries as entries. A receiver's `Retry-After` (429, 503) makes a wait longer, up to a day.
  std::vector<milliseconds> retries = {};
  double jitter = 0.1;               ///< up to this share of a wait is added to it
  milliseconds lease_time{60'000};   ///< longer than a try may take
  milliseconds poll{500};            ///< how often what others stored is looked for
  milliseconds quick_within{2'000};  ///< a receiver whose last answer came within this is a proven one
};

/// The waits of section 9: 0, 5 s, 5 min, 30 min, 2, 5, 10, 14, 20, 24 h.
[[nodiscard]] std::vector<milliseconds> default_webhook_retries();

/// Sends what is due, with a few threads, so that a receiver that is slow or hangs delays only itself: one that
/// answered quickly last time takes at most `per_endpoint` of them, any other one (a new one, too) takes one, all of
/// those together take half, and an account's at most `per_endpoint`. No account takes more than half of the threads.
/// In memory are only the messages under way, one a thread. Standard Webhooks 1.0.0.
class WebhookSender {
 public:
  WebhookSender(domain::WebhookStore& store, domain::HttpPoster& poster, const Clock& clock, SenderConfig config);
  ~WebhookSender();
  WebhookSender(const WebhookSender&) = delete;
  WebhookSender& operator=(const WebhookSender&) = delete;

  /// Frees the leases of an earlier process and starts. Call once.
  Result<void> start();
  /// Something may be due; cheap, from any thread.
  void wake();
  /// Breaks off what is under way (it stays due, the try does not count). Within about a second.
  void stop();

 private:
  using Outcome = domain::WebhookStore::Outcome;

  void look_loop();
  /// Takes what there is room for. @return how many
  int take_due();
  void send_loop();
  void send(const domain::DueDelivery& delivery);
  [[nodiscard]] Outcome outcome_of(const domain::DueDelivery& delivery,
                                   const Result<domain::HttpPoster::Answer>& answer, milliseconds took);
  [[nodiscard]] std::optional<Timestamp> next_try(int attempt, milliseconds at_least);
  /// What one look may take, and has taken so far.
  struct Look {
    int unproven = 0;  ///< under way to all unproven receivers
    std::map<std::string, int> of_account;
    std::map<std::string, int> unproven_of_account;
  };
  [[nodiscard]] Look begin_look() const;                                      ///< under mutex_
  [[nodiscard]] int room_for(const std::string& endpoint, Look& look) const;  ///< under mutex_

  domain::WebhookStore& store_;
  domain::HttpPoster& poster_;
  const Clock& clock_;
  SenderConfig config_;

  std::mutex mutex_;
  std::condition_variable changed_;  ///< for the looking thread
  std::condition_variable queued_;   ///< for the sending threads
  bool is_woken_ = false;
  std::stop_source stop_;
  std::deque<domain::DueDelivery> queue_;
  int free_threads_ = 0;                  ///< that have nothing to send, and nothing queued for them
  std::map<std::string, int> under_way_;  ///< by endpoint
  std::set<std::string> proven_;          ///< endpoints whose last answer was quick
  std::mt19937_64 random_;
  std::vector<std::thread> threads_;
};

}  // namespace pictor::jobs
