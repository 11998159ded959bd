#include "app/gauges.hpp"

namespace pictor::app {

domain::JobStore::Counts GaugeReader::counts() const {
  const std::scoped_lock lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (counted_at_ == std::chrono::steady_clock::time_point{} || now - counted_at_ > std::chrono::seconds(1)) {
    if (const auto counted = jobs_.counts()) {
      counts_ = *counted;
    }
    counted_at_ = now;
  }
  return counts_;
}

std::vector<http::Gauge> GaugeReader::read() const {
  std::vector<http::Gauge> gauges;
  const auto put = [&](const char* name, const char* help, auto value) {
    gauges.push_back({name, help, {}, static_cast<double>(value)});
  };
  const engine::PoolStats stats = engine_.stats();
  put("pictor_engine_children", "Sandboxed children alive", stats.children);
  put("pictor_engine_busy", "Children at work", stats.busy);
  put("pictor_engine_waiting", "Requests that wait for a child", stats.waiting);
  put("pictor_engine_memory_reserved_bytes", "Memory reserved by pictures in work", stats.bytes_reserved);
  put("pictor_engine_memory_budget_bytes", "Memory that pictures in work may need together", stats.memory_budget);
  put("pictor_engine_requests", "Requests answered by the engine since the start", stats.requests);
  put("pictor_engine_crashes", "Children that ended during a request since the start", stats.crashes);
  put("pictor_engine_timeouts", "Children that were ended because they took too long since the start", stats.timeouts);
  put("pictor_engine_retries", "Pictures tried once more since the start", stats.retries);
  put("pictor_engine_recycled", "Children replaced by age or size since the start", stats.recycled);
  put("pictor_engine_overloaded", "Requests refused for want of a child or memory since the start", stats.overloaded);
  const domain::JobStore::Counts queue = counts();
  put("pictor_jobs_queued_images", "Images that wait for a worker", queue.queued_items);
  put("pictor_jobs_running_images", "Images that workers have", queue.running_items);
  return gauges;
}

}  // namespace pictor::app
