#include "service/job_filter.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace pictor::service {
namespace {

using domain::JobStatus;
using domain::JobType;

constexpr std::array kStatuses = {JobStatus::kQueued,  JobStatus::kRunning, JobStatus::kCompleted,
                                  JobStatus::kPartial, JobStatus::kFailed,  JobStatus::kCancelled};
constexpr std::array kTypes = {JobType::kAnalyze, JobType::kExport, JobType::kSample};

/// The words of a comma list, each one of `known`.
template <class Known>
Result<std::vector<typename Known::value_type>> parse_words(const std::optional<std::string>& text, const Known& known,
                                                            const char* pointer) {
  std::vector<typename Known::value_type> values;
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  bool more = text.has_value();
  while (more) {
    const std::size_t comma = rest.find(',');
    const std::string_view word = rest.substr(0, comma);
    const auto at = std::find_if(known.begin(), known.end(), [word](auto one) { return domain::name_of(one) == word; });
    if (at == known.end()) {
      std::string names;
      for (const auto one : known) {
        names += (names.empty() ? "" : ", ") + std::string(domain::name_of(one));
      }
      return fail_field(pointer, "This must be some of, with commas between: " + names + ".");
    }
    values.push_back(*at);
    more = comma != std::string_view::npos;
    rest.remove_prefix(more ? comma + 1 : rest.size());
  }
  return values;
}

Result<std::optional<Timestamp>> parse_time(const std::optional<std::string>& text, const char* pointer) {
  if (!text) {
    return std::optional<Timestamp>();
  }
  const Result<Timestamp> time = parse_timestamp(*text);
  if (!time) {
    return fail_field(pointer, "This must be a time as RFC 3339 writes it, such as 2026-11-24T08:00:00Z.");
  }
  return std::optional<Timestamp>(*time);
}

}  // namespace

Result<domain::JobFilter> parse_job_filter(const JobFilterQuery& query) {
  auto statuses = parse_words(query.status, kStatuses, "?status");
  auto types = parse_words(query.type, kTypes, "?type");
  const auto after = parse_time(query.created_after, "?createdAfter");
  const auto before = parse_time(query.created_before, "?createdBefore");
  if (!statuses || !types) {
    return fail(!statuses ? statuses.error() : types.error());
  }
  if (!after || !before) {
    return fail(!after ? after.error() : before.error());
  }
  domain::JobFilter filter{*std::move(statuses), *std::move(types), std::nullopt, *after, *before};
  if (query.session_id) {
    const Result<domain::SessionId> session = domain::SessionId::parse(*query.session_id);
    if (!session) {
      return fail_field("?sessionId", "This must be the id of a session: ses_ and 26 characters.");
    }
    filter.session = *session;
  }
  return filter;
}

}  // namespace pictor::service
