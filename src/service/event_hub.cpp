#include "service/event_hub.hpp"

namespace pictor::service {

EventHub::Subscription EventHub::subscribe(const domain::JobId& job, Listener listener) {
  const std::shared_ptr<Table> table = table_;
  std::uint64_t number = 0;
  {
    const std::scoped_lock lock(table->mutex);
    number = table->next++;
    table->listeners[job].emplace(number, std::move(listener));
  }
  return Subscription(std::shared_ptr<void>(nullptr, [table, job, number](void*) {
    const std::scoped_lock lock(table->mutex);
    const auto at = table->listeners.find(job);
    if (at != table->listeners.end() && at->second.erase(number) > 0 && at->second.empty()) {
      table->listeners.erase(at);
    }
  }));
}

void EventHub::publish(const domain::JobId& job) {
  const std::scoped_lock lock(table_->mutex);
  const auto at = table_->listeners.find(job);
  if (at == table_->listeners.end()) {
    return;
  }
  for (const auto& [number, listener] : at->second) {
    listener();
  }
}

}  // namespace pictor::service
