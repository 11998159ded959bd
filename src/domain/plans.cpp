#include "domain/plans.hpp"

#include <algorithm>

namespace pictor::domain {

const Plan* find_plan(const std::vector<Plan>& plans, std::string_view name) {
  const auto at = std::find_if(plans.begin(), plans.end(), [name](const Plan& plan) { return plan.name == name; });
  return at == plans.end() ? nullptr : &*at;
}

const Plan& plan_or_first(const std::vector<Plan>& plans, std::string_view name) {
  const Plan* found = find_plan(plans, name);
  return found != nullptr ? *found : plans.front();
}

const Plan& largest_plan(const std::vector<Plan>& plans) {
  return *std::max_element(plans.begin(), plans.end(), [](const Plan& left, const Plan& right) {
    return left.monthly_credits < right.monthly_credits;
  });
}

std::string plan_names(const std::vector<Plan>& plans) {
  std::string names;
  for (const Plan& plan : plans) {
    names += (names.empty() ? "" : ", ") + plan.name;
  }
  return names;
}

Json to_api_json(const Plan& plan) {
  return {{"name", plan.name},
          {"monthlyCredits", plan.monthly_credits},
          {"signupCredits", plan.signup_credits},
          {"keys", plan.keys},
          {"requestsPerMinute", plan.requests_per_minute},
          {"concurrentRequests", plan.concurrent_requests},
          {"carriesOver", plan.carries_over}};
}

}  // namespace pictor::domain
