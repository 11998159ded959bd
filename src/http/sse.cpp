#include "http/sse.hpp"

#include <utility>

namespace pictor::http {
namespace {

/// A job of 500 images has about 2 MB of events; beyond this, the oldest are read from the store by who needs them.
constexpr std::size_t kKeptBytes = 4U << 20U;
constexpr int kReadLimit = 500;

}  // namespace

std::string encode_event(const domain::JobEvent& event) {
  std::string text = "id: " + std::to_string(event.id) + "\nevent: " + event.type + "\ndata: ";
  text += dump_json(event.body);
  text += "\n\n";
  return text;
}

EventFeed::Slice EventFeed::after(std::int64_t id, std::size_t max_bytes) const {
  const std::lock_guard lock(mutex_);
  Slice slice;
  slice.last_id = id;
  if (id + 1 < first_id_) {
    slice.is_behind = true;
    return slice;
  }
  std::size_t bytes = 0;
  const auto count = static_cast<std::int64_t>(events_.size());
  for (std::int64_t i = id + 1 - first_id_; i >= 0 && i < count; ++i) {
    const auto& event = events_[static_cast<std::size_t>(i)];
    if (!slice.events.empty() && bytes + event->size() > max_bytes) {
      break;
    }
    bytes += event->size();
    slice.events.push_back(event);
    slice.last_id = first_id_ + i;
  }
  slice.complete = complete_ && slice.last_id >= first_id_ + count - 1;
  return slice;
}

bool EventFeed::is_complete() const {
  const std::lock_guard lock(mutex_);
  return complete_;
}

std::int64_t EventFeed::last_id() const {
  const std::lock_guard lock(mutex_);
  return first_id_ + static_cast<std::int64_t>(events_.size()) - 1;
}

std::uint64_t EventFeed::subscribe(std::function<void()> wake) {
  const std::lock_guard lock(wakers_mutex_);
  wakers_.emplace(next_token_, std::move(wake));
  return next_token_++;
}

void EventFeed::unsubscribe(std::uint64_t token) {
  const std::lock_guard lock(wakers_mutex_);
  wakers_.erase(token);
}

void EventFeed::append(const std::vector<domain::JobEvent>& events) {
  std::vector<std::shared_ptr<const std::string>> encoded;
  encoded.reserve(events.size());
  for (const domain::JobEvent& event : events) {
    encoded.push_back(std::make_shared<const std::string>(encode_event(event)));
  }
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < events.size(); ++i) {
    bytes_ += encoded[i]->size();
    events_.push_back(std::move(encoded[i]));
    complete_ = complete_ || events[i].type == "complete";
  }
  while (bytes_ > kKeptBytes && events_.size() > 1) {
    bytes_ -= events_.front()->size();
    events_.pop_front();
    ++first_id_;
  }
}

void EventFeed::wake_all() {
  const std::lock_guard lock(wakers_mutex_);
  for (const auto& [token, wake] : wakers_) {
    wake();
  }
}

EventHub::EventHub(Read read, std::function<void(std::function<void()>)> submit)
    : read_(std::move(read)), submit_(std::move(submit)) {}

void EventHub::notify(const domain::JobId& job) {
  std::shared_ptr<EventFeed> feed;
  {
    const std::lock_guard lock(mutex_);
    const auto at = feeds_.find(job.str());
    if (at == feeds_.end()) {
      return;
    }
    feed = at->second.lock();
    if (!feed) {
      feeds_.erase(at);
      return;
    }
  }
  refresh(job, feed);
}

std::shared_ptr<EventFeed> EventHub::feed(const domain::JobId& job) {
  std::shared_ptr<EventFeed> feed;
  {
    const std::lock_guard lock(mutex_);
    // Jobs whose listeners all left before the last notice: swept here, so that the map stays as large as what is open.
    std::erase_if(feeds_, [](const auto& entry) { return entry.second.expired(); });
    std::weak_ptr<EventFeed>& known = feeds_[job.str()];
    feed = known.lock();
    if (!feed) {
      feed = std::make_shared<EventFeed>();
      known = feed;
    }
  }
  refresh(job, feed);
  return feed;
}

void EventHub::refresh(const domain::JobId& job, const std::shared_ptr<EventFeed>& feed) {
  feed->dirty_ = true;
  if (!feed->reading_.exchange(true)) {
    submit_([this, job, feed] { read_new(job, *feed); });
  }
}

void EventHub::read_new(const domain::JobId& job, EventFeed& feed) {
  do {
    while (feed.dirty_.exchange(false)) {
      while (!feed.is_complete()) {
        const Result<std::vector<domain::JobEvent>> events = read_(job, feed.last_id(), kReadLimit);
        if (!events || events->empty()) {
          break;
        }
        feed.append(*events);
        feed.wake_all();
      }
    }
    feed.reading_ = false;
    // A notice between the two lines above found `reading_` set and left it to us.
  } while (feed.dirty_ && !feed.reading_.exchange(true));
}

}  // namespace pictor::http
