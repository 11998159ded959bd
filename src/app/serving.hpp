#pragma once

#include <memory>
#include <string>

#include "app/config.hpp"
#include "engine/pool/engine_pool.hpp"

namespace pictor::app {

/// Children that decode, as configured or as many as cores.
[[nodiscard]] int worker_count(const Config& config);
[[nodiscard]] engine::PoolConfig pool_config(const Config& config, const std::string& executable);

/// A server: everything it stands on, started and stopped in the right order. One a process; from the main thread.
class Serving {
 public:
  Serving(Config config, std::string executable, std::string version);
  ~Serving();
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  /// Listens when it returns. On the first start in an empty data folder, makes an account and prints its key.
  /// @error kInvalidField, kInternal  with a message for the operator
  Result<void> start();
  /// Stops accepting, finishes what is being written, hands jobs back. Within 9 s.
  void stop();

 private:
  struct Parts;

  Result<void> open_stores();
  Result<void> make_first_account();
  Result<void> start_ledger();
  Result<void> start_engine();
  void make_services();
  Result<void> start_work();
  Result<void> start_http();

  Config config_;
  std::string executable_;
  std::string version_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace pictor::app
