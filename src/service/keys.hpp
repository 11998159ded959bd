#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "domain/plans.hpp"
#include "domain/ports/account_store.hpp"
#include "service/account_registry.hpp"

namespace pictor::service {

/// @error kInvalidField, kUnknownField  @param granted  scopes of a key that names none
[[nodiscard]] Result<NewKey> parse_new_key(const Json& body, domain::ScopeSet granted, Timestamp now);
/// JSON Merge Patch: null takes a limit or an end away. @error kInvalidField, kUnknownField
[[nodiscard]] Result<domain::KeyChange> parse_key_change(const Json& body);
/// `{"overlapSeconds":86400}`: 0 to 30 days, a day when it is not named. @error kInvalidField, kUnknownField
[[nodiscard]] Result<seconds> parse_overlap(const Json& body);
/// As listed: without its text, of which the last four characters are told.
[[nodiscard]] Json to_api_json(const domain::ApiKey& key);

/// The keys of an account, by the holder of one of them. No key gives another what it lacks itself.
/// Thread-safe. Errors throughout: kNotFound (also another account's).
class Keys {
 public:
  /// @param plans  of the configuration; outlive this
  Keys(domain::AccountStore& accounts, const Clock& clock, std::string pepper, const std::vector<domain::Plan>& plans);

  struct Made {
    domain::ApiKey key;
    std::string text;  ///< shown this once
  };

  Result<std::vector<domain::ApiKey>> list(const domain::Principal& who);
  /// @error kInsufficientScope, kKeyLimitReached
  Result<Made> create(const domain::Principal& who, const NewKey& wanted);
  /// @error kInsufficientScope, kKeyLimitReached
  Result<domain::ApiKey> change(const domain::Principal& who, const std::string& key, const domain::KeyChange& change);
  Result<void> remove(const domain::Principal& who, const std::string& key);
  /// A successor with the same rights; the old one ends after `overlap`.
  /// @error kInsufficientScope  the old one may more than the asking one, kKeyLimitReached
  Result<Made> rotate(const domain::Principal& who, const std::string& key, seconds overlap);

 private:
  [[nodiscard]] int most_of(const domain::Principal& who) const;
  [[nodiscard]] Result<domain::ApiKey> find(const domain::Principal& who, const std::string& key);

  domain::AccountStore& accounts_;
  const Clock& clock_;
  std::string pepper_;
  const std::vector<domain::Plan>& plans_;
};

}  // namespace pictor::service
