#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "domain/ports/image_engine.hpp"
#include "engine/protocol/channel.hpp"

namespace pictor::engine {

using Moment = std::chrono::steady_clock::time_point;

/// One process that answers requests.
struct Child {
  int pid = 0;
  Channel channel;
  int requests = 0;  ///< answered so far
  Moment born = std::chrono::steady_clock::now();
};

/// Who waits for what: light requests are small and somebody waits for each (probe, preview); heavy ones are not.
enum class Lane { kLight, kHeavy };

struct AdmissionLimits {
  int workers = 1;                 ///< children that heavy requests may use together
  std::int64_t memory_budget = 0;  ///< bytes
  std::chrono::milliseconds wait{30'000};
};

/// Leave to use one child and so many bytes.
struct Ticket {
  Lane lane = Lane::kLight;
  std::int64_t bytes = 0;
  std::unique_ptr<Child> child;
  Moment since = std::chrono::steady_clock::now();
};

/// Gives out children and memory. The light lane comes first, within its share; there it is first come, first served.
/// In the heavy lane accounts take turns: the one that was served longest ago is next, so that a single picture never
/// stands behind all of another account's. Of one account's pictures those that somebody waits for go before its batch,
/// three to one. Who is next is waited for, also when he needs much memory: nothing is overtaken for ever. Thread-safe.
class Admission {
 public:
  /// @param on_missing  called without locks when a child turned out to be gone
  Admission(AdmissionLimits limits, std::function<void()> on_missing);

  /// Blocks. @param retry_of  when the first attempt failed: a retry goes before all others of its lane (it has waited
  /// already), and to a child that is younger than that: whatever ended the last one may have reached the others too
  /// @error kOverloaded, kImageTooLarge (never fits), kCancelled (`stop`, or the end of the pool)
  [[nodiscard]] Result<Ticket> admit(Lane lane, std::int64_t bytes, std::stop_token stop,
                                     std::optional<Moment> retry_of = {}, const domain::EngineTurn& turn = {});
  /// The request is over; the child can take another.
  void give_back(Ticket ticket);
  /// The request is over, and so is the child.
  void release(Ticket ticket);

  void add(std::unique_ptr<Child> child);
  /// True when it was idle and is gone now; a busy one is its request's matter.
  bool remove_idle(int pid);
  void drop_idle();
  /// Ends all waiting and all running requests, refuses new ones, and returns when nobody holds a ticket.
  void close();

  struct Counts {
    int idle = 0;
    int busy = 0;
    int waiting = 0;
    std::int64_t bytes_reserved = 0;
    std::int64_t overloaded = 0;
  };
  [[nodiscard]] Counts counts() const;
  [[nodiscard]] std::vector<int> pids() const;

 private:
  struct Waiter {
    Lane lane;
    std::int64_t bytes;
    Moment not_older;  ///< the child
    bool is_retry;
    const domain::EngineTurn& turn;
    std::unique_ptr<Child> child;
    std::condition_variable_any granted;
  };

  /// Gives what is free to who is first. Needs the lock. False when a child was found dead.
  bool dispatch();
  [[nodiscard]] Waiter* choose() const;
  /// Whose turn it is in the heavy lane, which has somebody.
  [[nodiscard]] Waiter* next_heavy() const;
  void count_turn(const domain::EngineTurn& turn);
  [[nodiscard]] int seconds_until_room() const;
  using Idle = std::vector<std::unique_ptr<Child>>;
  /// The last one back that is young enough: its memory is still warm.
  [[nodiscard]] Idle::const_iterator idle_for(const Waiter& waiter) const;
  [[nodiscard]] bool fits(std::int64_t bytes) const { return reserved_ + bytes <= limits_.memory_budget; }
  [[nodiscard]] int& busy_in(Lane lane) { return lane == Lane::kLight ? busy_light_ : busy_heavy_; }
  [[nodiscard]] std::deque<Waiter*>& queue_of(Lane lane) { return lane == Lane::kLight ? light_ : heavy_; }
  void take_out(const Ticket& ticket);

  AdmissionLimits limits_;
  std::function<void()> on_missing_;
  mutable std::mutex mutex_;
  std::condition_variable all_back_;
  std::deque<Waiter*> light_;
  std::deque<Waiter*> heavy_;
  Idle idle_;
  std::set<Child*> busy_;
  int busy_light_ = 0;
  int busy_heavy_ = 0;
  std::int64_t reserved_ = 0;
  std::int64_t overloaded_ = 0;
  struct Turns {
    std::uint64_t last = 0;        ///< of turns_taken_
    int interactive_in_a_row = 0;  ///< while its batch stood by
  };
  std::map<std::string, Turns> turns_;  ///< by account
  std::uint64_t turns_taken_ = 0;
  double recent_seconds_ = 0;  ///< of a heavy request, averaged over about the last 16
  bool closed_ = false;
};

}  // namespace pictor::engine
