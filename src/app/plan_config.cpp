#include "app/plan_config.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/encoding.hpp"

namespace pictor::app {
namespace {

using domain::Plan;

struct NumberKey {
  std::string_view name;
  int Plan::* field;
  int minimum;
  int maximum;
  std::string_view doc;
};

constexpr std::array kNumbers = {
    NumberKey{"monthly_credits", &Plan::monthly_credits, 0, 1'000'000'000, "Credits a month."},
    NumberKey{"signup_credits", &Plan::signup_credits, 0, 1'000'000'000, "Credits once, for signing up."},
    NumberKey{"keys", &Plan::keys, 1, 10'000, "API keys that work at the same time."},
    NumberKey{"requests_per_minute", &Plan::requests_per_minute, 1, 1'000'000, "Requests a minute."},
    NumberKey{"concurrent_requests", &Plan::concurrent_requests, 1, 10'000, "Slow calls of one account at once."},
    NumberKey{"low_credits", &Plan::low_credits, 0, 1'000'000'000, "credits.low is told below this balance."},
};
constexpr std::size_t kMostPlans = 100;

tl::unexpected<Error> fail_key(const std::string& key, const std::string& file, const std::string& problem) {
  return fail({ErrorCode::kInvalidField, key + " (" + file + ") " + problem + "."});
}

Result<void> read_number(Plan& plan, const NumberKey& row, const toml::node& node, const std::string& key,
                         const std::string& file) {
  const std::optional<std::int64_t> value = node.value_exact<std::int64_t>();
  if (!value || *value < row.minimum || *value > row.maximum) {
    return fail_key(
        key, file, "must be a whole number from " + std::to_string(row.minimum) + " to " + std::to_string(row.maximum));
  }
  plan.*row.field = static_cast<int>(*value);
  return {};
}

/// Every key but the name.
Result<void> read_terms(Plan& plan, const toml::table& table, const std::string& prefix, const std::string& file) {
  for (const auto& [word, node] : table) {
    const std::string name(word.str());
    const std::string key = prefix + "." + name;
    const auto number =
        std::find_if(kNumbers.begin(), kNumbers.end(), [&](const NumberKey& row) { return row.name == name; });
    if (number != kNumbers.end()) {
      if (Result<void> read = read_number(plan, *number, node, key, file); !read) {
        return read;
      }
    } else if (name == "carries_over") {
      const std::optional<bool> flag = node.value_exact<bool>();
      if (!flag) {
        return fail_key(key, file, "must be true or false");
      }
      plan.carries_over = *flag;
    } else if (name != "name") {
      return fail_key(key, file, "is no key of a plan");
    }
  }
  return {};
}

}  // namespace

Result<void> read_plans(std::vector<Plan>& plans, const toml::node& node, const std::string& file) {
  const toml::array* list = node.as_array();
  if (list == nullptr) {
    return fail_key("plans", file, "must be tables: [[plans]]");
  }
  std::vector<std::string> seen;
  std::string prefix;
  for (const toml::node& item : *list) {
    prefix = "plans[" + std::to_string(seen.size()) + "]";
    const toml::table* table = item.as_table();
    const toml::node* word = table == nullptr ? nullptr : table->get("name");
    const std::optional<std::string> name = word == nullptr ? std::nullopt : word->value_exact<std::string>();
    if (!name || name->empty() || name->size() > 100 || !is_utf8(*name) ||
        name->find_first_of("\"\\\t\r\n") != std::string::npos) {
      return fail_key(prefix + ".name", file, "must name the plan, in at most 100 bytes without quotes");
    }
    if (std::find(seen.begin(), seen.end(), *name) != seen.end()) {
      return fail_key(prefix + ".name", file, "comes twice");
    }
    seen.push_back(*name);
    auto plan = std::find_if(plans.begin(), plans.end(), [&](const Plan& row) { return row.name == *name; });
    if (plan == plans.end()) {
      if (plans.size() >= kMostPlans) {
        return fail_key("plans", file, "has too many plans");
      }
      plan = plans.insert(plans.end(), Plan{.name = *name});
    }
    if (Result<void> read = read_terms(*plan, *table, prefix, file); !read) {
      return read;
    }
  }
  return {};
}

std::string print_plans(const std::vector<Plan>& plans) {
  std::string text = "# Plans. Accounts that sign up get the first.\n";
  for (const Plan& plan : plans) {
    text += "[[plans]]\nname = \"" + plan.name + "\"\n";
    for (const NumberKey& row : kNumbers) {
      text += std::string(row.name) + " = " + std::to_string(plan.*row.field) + "  # " + std::string(row.doc) + "\n";
    }
    text += std::string("carries_over = ") + (plan.carries_over ? "true" : "false") +
            "  # What is left of a month's credits stays.\n\n";
  }
  return text;
}

}  // namespace pictor::app
