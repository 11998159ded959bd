#pragma once

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
  const engine::EnginePool& engine_;
  domain::JobStore& jobs_;
};

}  // namespace pictor::app
