#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "domain/ids.hpp"

namespace pictor::domain {

/// What an account may do; section 8. From the configuration, else as shipped.
struct Plan {
  std::string name;
  int monthly_credits = 0;
  int signup_credits = 0;
  int keys = 1;
  int requests_per_minute = 30;
  bool carries_over = false;     ///< what is left of a month's allowance stays
  int concurrent_requests = 16;  ///< slow calls of one account at once
  int low_credits = 5;           ///< `credits.low` is told when the balance falls below
};

[[nodiscard]] const std::vector<Plan>& shipped_plans();

struct Account {
  AccountId id;
  std::string name;
  std::string email;
  std::string plan = "Free";
  bool suspended = false;
  Timestamp created_at;
  std::optional<Timestamp> resets_at = std::nullopt;  ///< when the next monthly allowance comes; none without one
  bool is_operator = false;  ///< the first of a data folder: its keys alone may have the scope admin
};

enum class Scope : unsigned { kImages = 1, kAnalyze = 2, kExport = 4, kKeys = 8, kWebhooks = 16, kAdmin = 32 };
using ScopeSet = unsigned;
inline constexpr ScopeSet kAllScopes = 31;  ///< all but admin
[[nodiscard]] constexpr bool has_scope(ScopeSet set, Scope scope) { return (set & static_cast<unsigned>(scope)) != 0; }
[[nodiscard]] std::vector<std::string> scope_names(ScopeSet set);
/// @error kInvalidField  an unknown word, with the list of those that are
[[nodiscard]] Result<ScopeSet> parse_scopes(const std::vector<std::string>& names);

struct ApiKey {
  KeyId id;
  AccountId account;
  std::string name;
  std::string hash;  ///< hexadecimal HMAC-SHA256 of the key under the pepper
  std::string last_four;
  ScopeSet scopes = kAllScopes;
  bool active = true;
  std::optional<Timestamp> expires_at;
  Timestamp created_at;
  std::optional<int> monthly_credit_limit = std::nullopt;
  std::optional<Timestamp> last_used_at = std::nullopt;  ///< to the minute: it is written in batches
};

/// Who makes a request: a key that was checked.
struct Principal {
  AccountId account;
  KeyId key;
  ScopeSet scopes = 0;
  std::string plan = {};
  std::optional<int> monthly_credit_limit = std::nullopt;  ///< of the key
};

/// A new key's text: `sk-`, 34 random base62 characters, 6 of checksum.
[[nodiscard]] std::string new_api_key();
/// Form and checksum only: refuses typing errors and guesses before any look-up.
[[nodiscard]] bool is_well_formed_api_key(std::string_view text);
/// What is stored of a key. @param pepper  server secret, at least 32 bytes
[[nodiscard]] std::string hash_api_key(std::string_view key, std::string_view pepper);

}  // namespace pictor::domain
