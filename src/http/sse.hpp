#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "domain/job.hpp"

namespace pictor::http {

/// `id:`, `event:`, one `data:` line and an empty one (WHATWG HTML 9.2).
[[nodiscard]] std::string encode_event(const domain::JobEvent& event);

/// The events of one job, read from the store and encoded once for all who listen. Thread-safe.
class EventFeed {
 public:
  struct Slice {
    std::vector<std::shared_ptr<const std::string>> events;
    std::int64_t last_id = 0;  ///< of the last in `events`, or what was asked after
    bool complete = false;     ///< `events` ends with the job's last one, or all were given before
    bool is_behind = false;    ///< what comes next is no longer here: read it from the store
  };
  /// Events after an id, as many as fit in `max_bytes` (at least one).
  [[nodiscard]] Slice after(std::int64_t id, std::size_t max_bytes) const;
  [[nodiscard]] bool is_complete() const;

  /// `wake` is called, from any thread, when there may be more. Until unsubscribe returns.
  std::uint64_t subscribe(std::function<void()> wake);
  void unsubscribe(std::uint64_t token);

 private:
  friend class EventHub;
  void append(const std::vector<domain::JobEvent>& events);
  void wake_all();
  [[nodiscard]] std::int64_t last_id() const;

  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<const std::string>> events_;
  std::int64_t first_id_ = 1;  ///< of events_.front()
  std::size_t bytes_ = 0;
  bool complete_ = false;
  std::mutex wakers_mutex_;
  std::map<std::uint64_t, std::function<void()>> wakers_;
  std::uint64_t next_token_ = 1;
  std::atomic<bool> dirty_ = false;    ///< something changed since the last read began
  std::atomic<bool> reading_ = false;  ///< a read is queued or running
};

/// Brings the store's notice of a change to the streams of that job: one read for all of them. Thread-safe.
class EventHub {
 public:
  using Read =
      std::function<Result<std::vector<domain::JobEvent>>(const domain::JobId&, std::int64_t after, int limit)>;
  /// @param read  blocking; @param submit  runs a task on a worker thread
  EventHub(Read read, std::function<void(std::function<void()>)> submit);

  /// A job has new events: quick, never blocks. For JobStore::on_change.
  void notify(const domain::JobId& job);
  /// The job's feed, shared by all who ask for it while anybody holds it; a read is under way when this returns.
  [[nodiscard]] std::shared_ptr<EventFeed> feed(const domain::JobId& job);
  /// Reads again although nobody said that something changed (another process may have).
  void refresh(const domain::JobId& job, const std::shared_ptr<EventFeed>& feed);
  [[nodiscard]] const Read& read() const { return read_; }

 private:
  void read_new(const domain::JobId& job, EventFeed& feed);

  Read read_;
  std::function<void(std::function<void()>)> submit_;
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<EventFeed>> feeds_;
};

}  // namespace pictor::http
