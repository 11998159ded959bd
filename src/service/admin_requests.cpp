#include "service/admin_requests.hpp"

#include <utility>

#include "domain/checked_object.hpp"

namespace pictor::service {
namespace {

using domain::CheckedObject;

constexpr int kMostCredits = 1'000'000'000;

}  // namespace

Result<domain::AccountFilter> parse_account_filter(std::optional<std::string> plan,
                                                   const std::optional<std::string>& status,
                                                   std::optional<std::string> email) {
  if (status && *status != "active" && *status != "suspended") {
    return fail_field("?status", "This must be active or suspended.");
  }
  return domain::AccountFilter{std::move(plan), status ? std::optional<bool>(*status == "suspended") : std::nullopt,
                               std::move(email)};
}

Result<domain::AccountChange> parse_account_change(const Json& body, const std::vector<domain::Plan>& plans) {
  CheckedObject object(body, "");
  std::vector<std::string> names;
  for (const domain::Plan& plan : plans) {
    names.push_back(plan.name);
  }
  domain::AccountChange change;
  change.plan = object.one_of("plan", names);
  if (const auto status = object.one_of("status", {"active", "suspended"})) {
    change.suspended = *status == "suspended";
  }
  for (const char* name : {"plan", "status"}) {
    if (body.is_object() && body.contains(name) && body.at(name).is_null()) {
      object.add_fault(name, "This can't be taken away.");
    }
  }
  if (const Result<void> good = object.finish(); !good) {
    return fail(good.error());
  }
  return change;
}

Result<Grant> parse_grant(const Json& body) {
  CheckedObject object(body, "");
  const std::optional<int> amount = object.integer("amount", -kMostCredits, kMostCredits);
  const std::optional<std::string> reason = object.text("reason", 200, 1);
  for (const char* name : {"amount", "reason"}) {
    if (body.is_object() && !object.has(name)) {
      object.add_fault(name, "This is needed.");
    }
  }
  if (const Result<void> good = object.finish(); !good) {
    return fail(good.error());
  }
  return Grant{amount.value_or(0), reason.value_or("")};
}

}  // namespace pictor::service
