#include "service/job_filter.hpp"

#include <gtest/gtest.h>

namespace pictor::service {
namespace {

TEST(JobFilter, ReadsEveryParameter) {
  const auto filter = parse_job_filter({"queued,failed", "export", domain::SessionId::make(from_unix_ms(1)).str(),
                                        "2026-11-24T08:00:00Z", "2026-11-25T08:00:00Z"});
  ASSERT_TRUE(filter) << filter.error().public_message;
  EXPECT_EQ(filter->statuses, (std::vector{domain::JobStatus::kQueued, domain::JobStatus::kFailed}));
  EXPECT_EQ(filter->types, std::vector{domain::JobType::kExport});
  EXPECT_TRUE(filter->session);
  EXPECT_EQ(format_timestamp(*filter->created_after), "2026-11-24T08:00:00.000Z");
  EXPECT_EQ(format_timestamp(*filter->created_before), "2026-11-25T08:00:00.000Z");
}

TEST(JobFilter, IsEmptyWithoutParameters) {
  const auto filter = parse_job_filter({});
  ASSERT_TRUE(filter);
  EXPECT_TRUE(filter->statuses.empty() && filter->types.empty() && !filter->session && !filter->created_after);
}

TEST(JobFilter, NamesTheParameterThatIsWrong) {
  for (const auto& [query, pointer] : std::vector<std::pair<JobFilterQuery, std::string>>{
           {{.status = ""}, "?status"},
           {{.status = "queued,"}, "?status"},
           {{.status = "done"}, "?status"},
           {{.type = "optimize"}, "?type"},
           {{.session_id = "job_1"}, "?sessionId"},
           {{.created_after = "yesterday"}, "?createdAfter"},
           {{.created_before = "2026-13-01T00:00:00Z"}, "?createdBefore"}}) {
    const auto filter = parse_job_filter(query);
    ASSERT_FALSE(filter) << pointer;
    EXPECT_EQ(filter.error().code, ErrorCode::kInvalidField);
    EXPECT_EQ(filter.error().fields.at(0).pointer, pointer);
  }
}

}  // namespace
}  // namespace pictor::service
