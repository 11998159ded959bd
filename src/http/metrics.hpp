#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pictor::http {

/// A figure of another room (jobs queued, children busy) for `/metrics`.
struct Gauge {
  std::string name;  ///< `pictor_jobs_queued`
  std::string help;
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;
};

/// Counters of the server in Prometheus' text format. Thread-safe.
class Metrics {
 public:
  /// @param gauges  asked at each scrape, on an I/O thread: must not block. May be empty
  explicit Metrics(std::function<std::vector<Gauge>()> gauges);
  ~Metrics();

  /// @param route  the pattern, not the path
  void count_request(std::string_view method, std::string_view route, int status, double seconds, std::int64_t bytes_in,
                     std::int64_t bytes_out);
  void add_in_flight(int change);
  void add_connections(int change);
  void add_event_streams(int change);
  [[nodiscard]] std::string text() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace pictor::http
