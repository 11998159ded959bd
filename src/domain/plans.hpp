#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "domain/account.hpp"

namespace pictor::domain {

/// The plan of that name; nullptr when there is none. Valid as long as `plans` does not change.
[[nodiscard]] const Plan* find_plan(const std::vector<Plan>& plans, std::string_view name);
/// The same; an account whose plan is configured no more has the first one's terms. @param plans  not empty
[[nodiscard]] const Plan& plan_or_first(const std::vector<Plan>& plans, std::string_view name);
/// Most credits a month: what the first account of a new server gets. @param plans  not empty
[[nodiscard]] const Plan& largest_plan(const std::vector<Plan>& plans);
/// `Free, Starter, Pro, Agency`
[[nodiscard]] std::string plan_names(const std::vector<Plan>& plans);
/// As `GET /v1/plans` shows it.
[[nodiscard]] Json to_api_json(const Plan& plan);

}  // namespace pictor::domain
