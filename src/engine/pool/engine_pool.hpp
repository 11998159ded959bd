#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "domain/ports/image_engine.hpp"

namespace pictor::engine {

/// Wall-clock time that one request may take in a child. After a timeout the one retry gets a quarter of it (at least
/// `shortest_retry`): enough for a child that was stuck through no fault of the picture, without doubling the wait.
struct PoolTimeouts {
  std::chrono::milliseconds probe{5'000};
  std::chrono::milliseconds preview{20'000};
  std::chrono::milliseconds look{60'000};
  std::chrono::milliseconds render{120'000};
  std::chrono::milliseconds shortest_retry{2'000};
};

struct PoolConfig {
  std::string engine_path;         ///< the program; empty: `pictor-engine` beside this one
  int workers = 0;                 ///< children for look and render; 0: as many as cores. One more serves uploads
  std::int64_t memory_budget = 0;  ///< bytes that pictures in work may need together; 0: half of the memory
  std::int64_t child_memory = 0;   ///< bytes that one child may allocate; 0: the budget, at most 4 GiB
  std::int64_t output_bytes = 512LL << 20U;  ///< of one output file
  std::int64_t max_pixels = 100'000'000;     ///< of one frame
  int max_frames = 300;
  std::string models;       ///< folder; empty: the one of the build
  std::string onnxruntime;  ///< full path of the library; empty: the one of the build
  bool vision = true;       ///< false: no model is loaded (starts faster), and `look` fails
  PoolTimeouts timeouts;
  std::chrono::milliseconds admission_wait{30'000};  ///< for a child and for memory, then kOverloaded
  std::chrono::milliseconds start_timeout{30'000};
  int recycle_after = 200;                  ///< requests, then a child is replaced by a fresh one
  std::int64_t recycle_bytes = 1LL << 30U;  ///< or when it holds more than this after a request
};

/// Numbers for /metrics. Counters count from the pool's start.
struct PoolStats {
  int children = 0;  ///< alive
  int busy = 0;
  int waiting = 0;                  ///< requests without a child yet
  std::int64_t bytes_reserved = 0;  ///< of the budget
  std::int64_t memory_budget = 0;   ///< bytes
  std::int64_t requests = 0;        ///< answered, in any way
  std::int64_t crashes = 0;         ///< children that ended during a request
  std::int64_t timeouts = 0;        ///< children that were ended because a request took too long
  std::int64_t retries = 0;
  std::int64_t recycled = 0;    ///< children replaced by age or size
  std::int64_t overloaded = 0;  ///< requests refused for want of a child or memory
  std::int64_t cancelled = 0;
  std::int64_t engine_restarts = 0;  ///< of the fork server
};

/// The sandboxed children of `pictor-engine`, as the port's callers need them. Thread-safe; calls block.
///
/// A request waits its turn (first come, first served; probe and preview before look and render, with one child of
/// their own) until a child is free and the picture's price fits into the memory budget. A child that crashes or hangs
/// is replaced within milliseconds, and its picture is tried once more on a fresh one.
class EnginePool final : public domain::ImageEngine {
 public:
  /// Starts the engine and waits until it is loaded. @error kInternal  it cannot be started, or ends at once
  [[nodiscard]] static Result<std::unique_ptr<EnginePool>> start(const PoolConfig& config);
  /// Requests in flight end with kCancelled; all children end.
  ~EnginePool() override;
  EnginePool(const EnginePool&) = delete;
  EnginePool& operator=(const EnginePool&) = delete;

  Result<domain::ImageInfo> probe(int input) override;
  Result<domain::PreviewResult> preview(int input, const domain::ImageInfo& info, int thumbnail) override;
  Result<domain::Facts> look(int input, const domain::ImageInfo& info, std::stop_token stop,
                             const domain::EngineTurn& turn = {}) override;
  Result<domain::RenderResult> render(int input, const domain::ImageInfo& info, const domain::RenderRequest& request,
                                      std::span<const int> outputs, std::stop_token stop,
                                      const std::function<void(const std::string&)>& on_step,
                                      const domain::EngineTurn& turn = {}) override;
  bool ready() override;

  [[nodiscard]] PoolStats stats() const;
  /// Name of what looks at pictures, as the engine says; empty when its models could not be loaded.
  [[nodiscard]] std::string vision() const;
  /// Process ids of the children and the fork server (tests, doctor).
  [[nodiscard]] std::vector<int> children() const;
  [[nodiscard]] int fork_server() const;

 private:
  class Impl;
  explicit EnginePool(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pictor::engine
