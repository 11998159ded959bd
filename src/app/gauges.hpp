#pragma once

#include <chrono>
#include <mutex>
#include <vector>

#include "domain/ports/job_store.hpp"
#include "engine/pool/engine_pool.hpp"
#include "http/metrics.hpp"

namespace pictor::app {

/// Figures of the engine and the queue for /metrics. Thread-safe.
class GaugeReader {
 public:
  GaugeReader(const engine::EnginePool& engine, domain::JobStore& jobs) : engine_(engine), jobs_(jobs) {}
  [[nodiscard]] std::vector<http::Gauge> read() const;

 private:
  [[nodiscard]] domain::JobStore::Counts counts() const;

  const engine::EnginePool& engine_;
  domain::JobStore& jobs_;
  // Scrapes run on an I/O thread: the queue is counted once a second at most.
  mutable std::mutex mutex_;
  mutable domain::JobStore::Counts counts_;
  mutable std::chrono::steady_clock::time_point counted_at_{};
};

}  // namespace pictor::app
