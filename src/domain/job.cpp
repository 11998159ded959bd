#include "domain/job.hpp"

#include <array>
#include <utility>

namespace pictor::domain {
namespace {

constexpr std::array kTypes = {std::pair{JobType::kAnalyze, "analyze"}, std::pair{JobType::kExport, "export"},
                               std::pair{JobType::kSample, "sample"}};
constexpr std::array kJobStatuses = {
    std::pair{JobStatus::kQueued, "queued"},       std::pair{JobStatus::kRunning, "running"},
    std::pair{JobStatus::kCompleted, "completed"}, std::pair{JobStatus::kPartial, "partial"},
    std::pair{JobStatus::kFailed, "failed"},       std::pair{JobStatus::kCancelled, "cancelled"},
};
constexpr std::array kItemStatuses = {
    std::pair{ItemStatus::kQueued, "queued"}, std::pair{ItemStatus::kRunning, "running"},
    std::pair{ItemStatus::kDone, "done"},     std::pair{ItemStatus::kSkipped, "skipped"},
    std::pair{ItemStatus::kFailed, "failed"}, std::pair{ItemStatus::kCancelled, "cancelled"},
};

template <class Table, class Value>
std::string_view name_in(const Table& table, Value value) {
  for (const auto& row : table) {
    if (row.first == value) {
      return row.second;
    }
  }
  return table[0].second;
}
template <class Table>
auto value_in(const Table& table, std::string_view name) {
  for (const auto& row : table) {
    if (row.second == name) {
      return row.first;
    }
  }
  return table[0].first;
}

Json nullable(const std::optional<Timestamp>& time) { return time ? Json(format_timestamp(*time)) : Json(nullptr); }

/// `waiting` until the job is over; then what became of the newest delivery; null once that is kept no longer.
Json callback_json(const Job& job) {
  if (job.callback.empty()) {
    return nullptr;
  }
  Json json{{"url", job.callback},
            {"status", is_final(job.status) ? Json(nullptr) : Json("waiting")},
            {"attempts", 0},
            {"lastStatus", nullptr},
            {"nextAttemptAt", nullptr}};
  if (const std::optional<Delivery>& sent = job.callback_delivery) {
    json["status"] = name_of(sent->status);
    json["attempts"] = sent->attempts;
    if (sent->answer && sent->answer->status) {
      json["lastStatus"] = *sent->answer->status;
    }
    json["nextAttemptAt"] = nullable(sent->next_at);
  }
  return json;
}

}  // namespace

std::string_view name_of(JobType type) { return name_in(kTypes, type); }
std::string_view name_of(JobStatus status) { return name_in(kJobStatuses, status); }
std::string_view name_of(ItemStatus status) { return name_in(kItemStatuses, status); }
JobType job_type_from_name(std::string_view name) { return value_in(kTypes, name); }
JobStatus job_status_from_name(std::string_view name) { return value_in(kJobStatuses, name); }
ItemStatus item_status_from_name(std::string_view name) { return value_in(kItemStatuses, name); }

Json to_api_json(const Job& job, ProblemOf problem_of) {
  Json results = Json::array();
  Json errors = Json::array();
  for (const JobItem& item : job.items) {
    if (item.status == ItemStatus::kSkipped) {
      results.push_back({{"imageId", item.image.str()}, {"status", "skipped"}});
    } else if (item.result) {
      results.push_back(*item.result);
    }
    if (item.error) {
      errors.push_back({{"imageId", item.image.str()}, {"problem", problem_of(*item.error)}});
    }
  }
  Json json = to_summary_json(job);
  json["results"] = std::move(results);
  json["errors"] = std::move(errors);
  json["callback"] = callback_json(job);
  return json;
}

Json to_summary_json(const Job& job) {
  Json json{{"id", job.id.str()},
            {"type", name_of(job.type)},
            {"status", name_of(job.status)},
            {"sessionId", job.session.str()},
            {"progress", {{"current", job.processed + job.failed + job.skipped}, {"total", job.total}}},
            {"creditsCharged", job.charged},
            {"creditsReleased", job.released}};
  if (!job.export_id.empty()) {
    json["exportId"] = job.export_id.str();
  }
  json["createdAt"] = format_timestamp(job.created_at);
  json["startedAt"] = nullable(job.started_at);
  json["finishedAt"] = nullable(job.finished_at);
  return json;
}

}  // namespace pictor::domain
