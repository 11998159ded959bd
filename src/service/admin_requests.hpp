#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "domain/plans.hpp"
#include "domain/ports/account_store.hpp"

namespace pictor::service {

/// What a key with the scope admin sends; AccountRegistry does it.
struct Grant {
  std::int64_t amount = 0;
  std::string reason;
};

/// `?plan=&status=active|suspended&email=`; nullopt: not there. @error kInvalidField
[[nodiscard]] Result<domain::AccountFilter> parse_account_filter(std::optional<std::string> plan,
                                                                 const std::optional<std::string>& status,
                                                                 std::optional<std::string> email);
/// `{"plan","status":"active|suspended"}`, either or both. @error kInvalidField, kUnknownField
[[nodiscard]] Result<domain::AccountChange> parse_account_change(const Json& body,
                                                                 const std::vector<domain::Plan>& plans);
/// `{"amount","reason"}`. @error kInvalidField, kUnknownField
[[nodiscard]] Result<Grant> parse_grant(const Json& body);

}  // namespace pictor::service
