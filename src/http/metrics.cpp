#include "http/metrics.hpp"

#include <map>
#include <mutex>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sstream>
#include <tuple>

namespace pictor::http {

struct Metrics::Parts {
  std::function<std::vector<Gauge>()> gauges;
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                          .Name("pictor_http_requests_total")
                                                          .Help("Requests by method, route and status")
                                                          .Register(registry);
  prometheus::Family<prometheus::Histogram>& durations = prometheus::BuildHistogram()
                                                             .Name("pictor_http_request_seconds")
                                                             .Help("Time to answer, by route")
                                                             .Register(registry);
  prometheus::Counter& bytes_in = prometheus::BuildCounter()
                                      .Name("pictor_http_received_bytes_total")
                                      .Help("Bytes of request bodies")
                                      .Register(registry)
                                      .Add({});
  prometheus::Counter& bytes_out = prometheus::BuildCounter()
                                       .Name("pictor_http_sent_bytes_total")
                                       .Help("Bytes of answers' bodies")
                                       .Register(registry)
                                       .Add({});
  prometheus::Gauge& in_flight =
      prometheus::BuildGauge().Name("pictor_http_in_flight").Help("Requests being answered").Register(registry).Add({});
  prometheus::Gauge& connections =
      prometheus::BuildGauge().Name("pictor_http_connections").Help("Open connections").Register(registry).Add({});
  prometheus::Gauge& event_streams =
      prometheus::BuildGauge().Name("pictor_http_event_streams").Help("Open SSE streams").Register(registry).Add({});

  /// Looked up once for each route and status; the families' own look-up hashes all labels.
  struct Row {
    prometheus::Counter* count = nullptr;
    prometheus::Histogram* duration = nullptr;
  };
  std::mutex mutex;
  std::map<std::tuple<std::string, std::string, int>, Row, std::less<>> rows;

  Row row(std::string_view method, std::string_view route, int status) {
    const std::lock_guard lock(mutex);
    const auto at = rows.find(std::tuple<std::string_view, std::string_view, int>(method, route, status));
    if (at != rows.end()) {
      return at->second;
    }
    Row made;
    made.count = &requests.Add(
        {{"method", std::string(method)}, {"route", std::string(route)}, {"status", std::to_string(status)}});
    made.duration =
        &durations.Add({{"route", std::string(route)}},
                       prometheus::Histogram::BucketBoundaries{0.001, 0.005, 0.025, 0.1, 0.25, 1, 2.5, 10, 60});
    rows.emplace(std::tuple(std::string(method), std::string(route), status), made);
    return made;
  }
};

Metrics::Metrics(std::function<std::vector<Gauge>()> gauges) : parts_(std::make_unique<Parts>()) {
  parts_->gauges = std::move(gauges);
}
Metrics::~Metrics() = default;

void Metrics::count_request(std::string_view method, std::string_view route, int status, double seconds,
                            std::int64_t bytes_in, std::int64_t bytes_out) {
  const Parts::Row row = parts_->row(method, route, status);
  row.count->Increment();
  row.duration->Observe(seconds);
  if (bytes_in > 0) {
    parts_->bytes_in.Increment(static_cast<double>(bytes_in));
  }
  parts_->bytes_out.Increment(static_cast<double>(bytes_out));
}

void Metrics::add_in_flight(int change) { parts_->in_flight.Increment(change); }
void Metrics::add_connections(int change) { parts_->connections.Increment(change); }
void Metrics::add_event_streams(int change) { parts_->event_streams.Increment(change); }

std::string Metrics::text() const {
  std::vector<prometheus::MetricFamily> families = parts_->registry.Collect();
  std::map<std::string, std::size_t> places;
  for (const Gauge& gauge : parts_->gauges ? parts_->gauges() : std::vector<Gauge>()) {
    auto [place, is_new] = places.try_emplace(gauge.name, families.size());
    if (is_new) {
      prometheus::MetricFamily family;
      family.name = gauge.name;
      family.help = gauge.help;
      family.type = prometheus::MetricType::Gauge;
      families.push_back(std::move(family));
    }
    prometheus::ClientMetric metric;
    for (const auto& [name, value] : gauge.labels) {
      metric.label.push_back({name, value});
    }
    metric.gauge.value = gauge.value;
    families[place->second].metric.push_back(std::move(metric));
  }
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families);
  return text.str();
}

}  // namespace pictor::http
