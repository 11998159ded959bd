#pragma once

#include <string>
#include <toml++/toml.h>
#include <vector>

#include "base/error.hpp"
#include "domain/account.hpp"

namespace pictor::app {

/// Puts `[[plans]]` of pictor.toml into `plans`: a name that is there changes that plan, another one adds a plan at the
/// end. What a plan does not say stays, or is the default. @param file  for messages
/// @error kInvalidField  naming the key: `plans[1].keys`
Result<void> read_plans(std::vector<domain::Plan>& plans, const toml::node& node, const std::string& file);
/// The same as TOML, with a comment a key; keys in their order.
[[nodiscard]] std::string print_plans(const std::vector<domain::Plan>& plans);

}  // namespace pictor::app
