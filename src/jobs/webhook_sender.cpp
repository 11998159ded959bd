#include "jobs/webhook_sender.hpp"

#include <algorithm>
#include <exception>

#include "base/log.hpp"

namespace pictor::jobs {
namespace {

using domain::DeliveryStatus;
using domain::DueDelivery;
using domain::HttpPoster;
using Steady = std::chrono::steady_clock;

constexpr int kGone = 410;
constexpr int kTooManyRequests = 429;
constexpr int kUnavailable = 503;
/// A receiver that asks for more rest than this gets no more.
constexpr std::chrono::hours kLongestRest{24};
/// More endpoints than this are not remembered: the others are sent one message at a time.
constexpr std::size_t kMaxProven = 100'000;

/// How long the receiver asks to be left alone (RFC 9110, 10.2.3; RFC 6585, 4).
milliseconds rest_asked_for(const Result<HttpPoster::Answer>& answer) {
  const bool counts = answer && (answer->status == kTooManyRequests || answer->status == kUnavailable);
  return counts ? std::min<milliseconds>(answer->retry_after.value_or(seconds(0)), kLongestRest) : milliseconds(0);
}

/// Endpoints begin with the account and a blank.
std::string account_of(const std::string& endpoint) { return endpoint.substr(0, endpoint.find(' ')); }

HttpPoster::Message message_for(const DueDelivery& delivery, Timestamp now) {
  const std::int64_t unix_seconds = to_unix_ms(now) / 1'000;
  return {delivery.url,
          {{"Content-Type", "application/json"},
           {"webhook-id", delivery.event.str()},
           {"webhook-timestamp", std::to_string(unix_seconds)},
           {"webhook-signature",
            domain::webhook_signature(delivery.secrets, delivery.event.str(), unix_seconds, delivery.payload)}},
          delivery.payload};
}

}  // namespace

std::vector<milliseconds> default_webhook_retries() {
  using std::chrono::hours;
  using std::chrono::minutes;
  return {milliseconds(0), seconds(5), minutes(5), minutes(30), hours(2),
          hours(5),        hours(10),  hours(14),  hours(20),   hours(24)};
}

WebhookSender::WebhookSender(domain::WebhookStore& store, HttpPoster& poster, const Clock& clock, SenderConfig config)
    : store_(store), poster_(poster), clock_(clock), config_(std::move(config)), random_(std::random_device{}()) {
  if (config_.retries.empty()) {
    config_.retries = default_webhook_retries();
  }
}

WebhookSender::~WebhookSender() { stop(); }

Result<void> WebhookSender::start() {
  if (const Result<int> released = store_.release_leases(); !released) {
    return fail(released.error());
  }
  if (Result<void> known = store_.set_first_wait(config_.retries.front()); !known) {
    return known;
  }
  free_threads_ = config_.threads;
  for (int i = 0; i < config_.threads; ++i) {
    threads_.emplace_back([this] { send_loop(); });
  }
  threads_.emplace_back([this] { look_loop(); });
  return {};
}

void WebhookSender::wake() {
  {
    const std::scoped_lock lock(mutex_);
    is_woken_ = true;
  }
  changed_.notify_one();
}

void WebhookSender::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stop_.request_stop();
  }
  changed_.notify_all();
  queued_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
  threads_.clear();
  for (const DueDelivery& delivery : queue_) {
    (void)store_.give_back(delivery);
  }
  queue_.clear();
}

void WebhookSender::look_loop() {
  while (!stop_.stop_requested()) {
    const int taken = take_due();
    if (taken > 0) {
      continue;
    }
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, config_.poll, [this] { return is_woken_ || stop_.stop_requested(); });
    is_woken_ = false;
  }
}

WebhookSender::Look WebhookSender::begin_look() const {
  Look look;
  for (const auto& [endpoint, count] : under_way_) {
    const std::string account = account_of(endpoint);
    look.of_account[account] += count;
    if (!proven_.contains(endpoint)) {
      look.unproven += count;
      look.unproven_of_account[account] += count;
    }
  }
  return look;
}

int WebhookSender::room_for(const std::string& endpoint, Look& look) const {
  const std::string account = account_of(endpoint);
  const int half = std::max(1, config_.threads / 2);
  // One account's new or hanging receivers take half of the threads at most, those of all accounts three quarters.
  const int most_unproven = std::max(1, config_.threads * 3 / 4);
  const auto busy = under_way_.find(endpoint);
  const int count = busy == under_way_.end() ? 0 : busy->second;
  const bool is_proven = proven_.contains(endpoint);
  int room = 0;
  if (is_proven) {
    room = config_.per_endpoint - count;
  } else if (count == 0 && look.unproven < most_unproven && look.unproven_of_account[account] < config_.per_endpoint) {
    room = 1;
  }
  room = std::clamp(half - look.of_account[account], 0, std::max(0, room));
  look.of_account[account] += room;
  if (!is_proven) {
    look.unproven += room;
    look.unproven_of_account[account] += room;
  }
  return room;
}

int WebhookSender::take_due() {
  int free = 0;
  Look look;
  {
    const std::scoped_lock lock(mutex_);
    free = free_threads_;
    look = begin_look();
  }
  if (free == 0) {
    return 0;  // a thread that becomes free wakes us
  }
  Result<std::vector<DueDelivery>> due =
      store_.lease_due(clock_.now(), config_.lease_time, free, [&](const std::string& endpoint) {
        const std::scoped_lock lock(mutex_);
        return room_for(endpoint, look);
      });
  if (!due) {
    log_error("webhooks that are due cannot be read", {{"cause", due.error().private_message}});
    return 0;
  }
  const int taken = static_cast<int>(due->size());
  {
    const std::scoped_lock lock(mutex_);
    free_threads_ -= taken;
    for (DueDelivery& delivery : *due) {
      ++under_way_[delivery.endpoint];
      queue_.push_back(std::move(delivery));
    }
  }
  queued_.notify_all();
  return taken;
}

void WebhookSender::send_loop() {
  while (true) {
    DueDelivery delivery;
    {
      std::unique_lock lock(mutex_);
      queued_.wait(lock, [this] { return stop_.stop_requested() || !queue_.empty(); });
      if (stop_.stop_requested()) {
        return;
      }
      delivery = std::move(queue_.front());
      queue_.pop_front();
    }
    try {
      send(delivery);
    } catch (const std::exception& problem) {
      // A thread that dies would take the server with it; the lease ends by itself.
      log_error("a webhook could not be sent", {{"delivery", delivery.id.str()}, {"cause", problem.what()}});
    }
    {
      const std::scoped_lock lock(mutex_);
      ++free_threads_;
      if (--under_way_[delivery.endpoint] == 0) {
        under_way_.erase(delivery.endpoint);
      }
      is_woken_ = true;
    }
    changed_.notify_one();
  }
}

void WebhookSender::send(const DueDelivery& delivery) {
  const Steady::time_point begun = Steady::now();
  const Result<HttpPoster::Answer> answer = poster_.post(message_for(delivery, clock_.now()), stop_.get_token());
  const auto took = std::chrono::duration_cast<milliseconds>(Steady::now() - begun);
  {
    // Before the result is stored: what becomes due with it already finds the receiver slow.
    const std::scoped_lock lock(mutex_);
    if (!answer || took > config_.quick_within) {
      proven_.erase(delivery.endpoint);
    } else if (proven_.size() < kMaxProven) {
      proven_.insert(delivery.endpoint);
    }
  }
  Result<void> kept;
  if (!answer && answer.error().code == ErrorCode::kCancelled) {
    kept = store_.give_back(delivery);
  } else {
    const Outcome outcome = outcome_of(delivery, answer, took);
    kept = store_.record(delivery, outcome, clock_.now());
    if (outcome.status == DeliveryStatus::kFailed) {
      log_warn("a webhook was given up",
               {{"delivery", delivery.id.str()}, {"attempts", delivery.attempt}, {"cause", outcome.answer.problem}});
    }
  }
  if (!kept) {
    log_error("a webhook's result could not be stored",
              {{"delivery", delivery.id.str()}, {"cause", kept.error().private_message}});
  }
}

WebhookSender::Outcome WebhookSender::outcome_of(const DueDelivery& delivery, const Result<HttpPoster::Answer>& answer,
                                                 milliseconds took) {
  Outcome outcome;
  outcome.answer.took = took;
  if (!answer) {
    outcome.answer.problem = answer.error().public_message;
  } else {
    outcome.answer.status = answer->status;
    outcome.answer.body = answer->body;
    if (answer->status >= 200 && answer->status <= 299) {
      return outcome;
    }
    outcome.answer.problem = answer->status >= 300 && answer->status <= 399
                                 ? "The receiver redirects; redirects are not followed."
                                 : "The receiver answered with status " + std::to_string(answer->status) + ".";
  }
  outcome.disables = answer && answer->status == kGone;
  outcome.next_at = outcome.disables ? std::nullopt : next_try(delivery.attempt, rest_asked_for(answer));
  outcome.status = outcome.next_at ? DeliveryStatus::kPending : DeliveryStatus::kFailed;
  return outcome;
}

std::optional<Timestamp> WebhookSender::next_try(int attempt, milliseconds at_least) {
  if (attempt < 1 || static_cast<std::size_t>(attempt) >= config_.retries.size()) {
    return std::nullopt;
  }
  const milliseconds wait = std::max(config_.retries[static_cast<std::size_t>(attempt)], at_least);
  const std::scoped_lock lock(mutex_);
  const double share = std::uniform_real_distribution<double>(0, config_.jitter)(random_);
  return clock_.now() + wait + milliseconds(static_cast<std::int64_t>(share * static_cast<double>(wait.count())));
}

}  // namespace pictor::jobs
