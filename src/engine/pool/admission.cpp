#include "engine/pool/admission.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace pictor::engine {
namespace {

constexpr double kLongestRetryAfter = 60;
constexpr int kInteractiveInARow = 3;
/// Accounts whose last turn is remembered.
constexpr std::size_t kMaxTurns = 10'000;

tl::unexpected<Error> fail_cancelled() { return fail({ErrorCode::kCancelled, "The work was cancelled."}); }

tl::unexpected<Error> fail_overloaded(int retry_after) {
  Error error{ErrorCode::kOverloaded, "Too many pictures are being worked on at the moment. Try again shortly."};
  error.retry_after_seconds = retry_after;
  return fail(std::move(error));
}

}  // namespace

Admission::Admission(AdmissionLimits limits, std::function<void()> on_missing)
    : limits_(limits), on_missing_(std::move(on_missing)) {}

Result<Ticket> Admission::admit(Lane lane, std::int64_t bytes, std::stop_token stop, std::optional<Moment> retry_of,
                                const domain::EngineTurn& turn) {
  if (bytes > limits_.memory_budget) {
    return fail({ErrorCode::kImageTooLarge, "The picture needs more memory than this server gives to pictures."});
  }
  const auto deadline = std::chrono::steady_clock::now() + limits_.wait;
  Waiter waiter{lane, bytes, retry_of.value_or(Moment::min()), retry_of.has_value(), turn, nullptr, {}};
  std::unique_lock lock(mutex_);
  std::deque<Waiter*>& queue = queue_of(lane);
  retry_of ? queue.push_front(&waiter) : queue.push_back(&waiter);
  if (!dispatch()) {
    lock.unlock();
    on_missing_();
    lock.lock();
  }
  waiter.granted.wait_until(lock, stop, deadline, [&] { return waiter.child != nullptr || closed_; });
  if (waiter.child == nullptr) {
    std::erase(queue, &waiter);
    if (closed_ || stop.stop_requested()) {
      return fail_cancelled();
    }
    ++overloaded_;
    dispatch();  // whoever stood behind may fit
    return fail_overloaded(seconds_until_room());
  }
  return Ticket{lane, bytes, std::move(waiter.child), std::chrono::steady_clock::now()};
}

Admission::Idle::const_iterator Admission::idle_for(const Waiter& waiter) const {
  const auto found =
      std::find_if(idle_.rbegin(), idle_.rend(), [&](const auto& child) { return child->born >= waiter.not_older; });
  return found == idle_.rend() ? idle_.end() : std::prev(found.base());
}

Admission::Waiter* Admission::choose() const {
  // Uploads may use every child while nothing else waits, else their own and half of the others.
  const int light_share = heavy_.empty() ? limits_.workers + 1 : 1 + limits_.workers / 2;
  if (!light_.empty() && busy_light_ < light_share && idle_for(*light_.front()) != idle_.end()) {
    // When it waits for memory alone, heavy requests must not take what gets free before it.
    return fits(light_.front()->bytes) ? light_.front() : nullptr;
  }
  if (heavy_.empty() || busy_heavy_ >= limits_.workers) {
    return nullptr;
  }
  Waiter* next = next_heavy();
  return fits(next->bytes) && idle_for(*next) != idle_.end() ? next : nullptr;
}

Admission::Waiter* Admission::next_heavy() const {
  if (heavy_.front()->is_retry) {
    return heavy_.front();
  }
  const auto turns_of = [this](const Waiter* waiter) {
    const auto at = turns_.find(waiter->turn.account);
    return at == turns_.end() ? Turns{} : at->second;
  };
  Waiter* first = *std::min_element(heavy_.begin(), heavy_.end(), [&](const Waiter* one, const Waiter* other) {
    return turns_of(one).last < turns_of(other).last;
  });
  const bool wants_batch = turns_of(first).interactive_in_a_row >= kInteractiveInARow;
  const auto preferred = std::find_if(heavy_.begin(), heavy_.end(), [&](const Waiter* waiter) {
    return waiter->turn.account == first->turn.account && waiter->turn.batch == wants_batch;
  });
  return preferred == heavy_.end() ? first : *preferred;
}

void Admission::count_turn(const domain::EngineTurn& turn) {
  if (turns_.size() >= kMaxTurns && !turns_.contains(turn.account)) {
    turns_.clear();
  }
  Turns& turns = turns_[turn.account];
  turns.last = ++turns_taken_;
  turns.interactive_in_a_row = turn.batch ? 0 : turns.interactive_in_a_row + 1;
}

int Admission::seconds_until_room() const {
  const double rest = static_cast<double>(heavy_.size() + 1) * recent_seconds_ / limits_.workers;
  return static_cast<int>(std::ceil(std::clamp(rest, 1.0, kLongestRetryAfter)));
}

bool Admission::dispatch() {
  if (closed_ || (light_.empty() && heavy_.empty())) {
    return true;
  }
  const bool all_alive = std::erase_if(idle_, [](const auto& child) { return child->channel.is_hung_up(); }) == 0;
  while (Waiter* next = choose()) {
    const auto place = idle_.begin() + (idle_for(*next) - idle_.cbegin());
    std::erase(queue_of(next->lane), next);
    if (next->lane == Lane::kHeavy) {
      count_turn(next->turn);
    }
    next->child = std::move(*place);
    idle_.erase(place);
    busy_.insert(next->child.get());
    ++busy_in(next->lane);
    reserved_ += next->bytes;
    next->granted.notify_all();
  }
  return all_alive;
}

void Admission::take_out(const Ticket& ticket) {
  busy_.erase(ticket.child.get());
  --busy_in(ticket.lane);
  reserved_ -= ticket.bytes;
  if (ticket.lane == Lane::kHeavy) {
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - ticket.since;
    recent_seconds_ += (taken.count() - recent_seconds_) / 16;
  }
}

void Admission::give_back(Ticket ticket) {
  std::unique_lock lock(mutex_);
  take_out(ticket);
  if (!closed_) {
    idle_.push_back(std::move(ticket.child));
  }
  const bool all_alive = dispatch();
  if (busy_.empty()) {
    all_back_.notify_all();
  }
  lock.unlock();
  if (!all_alive) {
    on_missing_();
  }
}

void Admission::release(Ticket ticket) {
  std::unique_lock lock(mutex_);
  take_out(ticket);
  dispatch();  // memory is free again
  if (busy_.empty()) {
    all_back_.notify_all();
  }
  const bool is_closed = closed_;
  lock.unlock();
  ticket.child.reset();
  if (!is_closed) {
    on_missing_();
  }
}

void Admission::add(std::unique_ptr<Child> child) {
  const std::scoped_lock lock(mutex_);
  if (!closed_) {
    // First, so that older ones that are warm are taken before it.
    idle_.insert(idle_.begin(), std::move(child));
    dispatch();
  }
}

bool Admission::remove_idle(int pid) {
  const std::scoped_lock lock(mutex_);
  return std::erase_if(idle_, [&](const auto& child) { return child->pid == pid; }) > 0;
}

void Admission::drop_idle() {
  const std::scoped_lock lock(mutex_);
  idle_.clear();
}

void Admission::close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  for (Child* child : busy_) {
    child->channel.shut_down();
  }
  for (const auto* queue : {&light_, &heavy_}) {
    for (Waiter* waiter : *queue) {
      waiter->granted.notify_all();
    }
  }
  idle_.clear();
  all_back_.wait(lock, [&] { return busy_.empty(); });
}

Admission::Counts Admission::counts() const {
  const std::scoped_lock lock(mutex_);
  return {static_cast<int>(idle_.size()), static_cast<int>(busy_.size()),
          static_cast<int>(light_.size() + heavy_.size()), reserved_, overloaded_};
}

std::vector<int> Admission::pids() const {
  const std::scoped_lock lock(mutex_);
  std::vector<int> pids;
  for (const auto& child : idle_) {
    pids.push_back(child->pid);
  }
  for (const Child* child : busy_) {
    pids.push_back(child->pid);
  }
  return pids;
}

}  // namespace pictor::engine
