#pragma once

#include <string>
#include <vector>

#include "domain/plans.hpp"
#include "domain/ports/account_store.hpp"
#include "domain/ports/ledger.hpp"

namespace pictor::service {

/// Makes accounts and keys: for signing up, the command line and the first start. The key's text is in the answer only.
/// Thread-safe.
class AccountRegistry {
 public:
  /// @param plans  of the configuration; outlive this, like the ledger
  /// @param ledger  where a new account's first credits go; nullptr: none are given
  AccountRegistry(domain::AccountStore& accounts, const Clock& clock, std::string pepper,
                  const std::vector<domain::Plan>& plans = domain::shipped_plans(), domain::Ledger* ledger = nullptr);
  struct Created {
    domain::Account account;
    domain::ApiKey key;
    std::string key_text;
  };
  /// @error kInvalidField  an empty name, an address that is not one, or a plan that does not exist
  Result<Created> create_account(const std::string& name, const std::string& email, const std::string& plan);
  /// Whatever the plan's number is: the operator's word.
  /// @param account  empty: the oldest account
  /// @error kNotFound, kInvalidField
  Result<Created> create_key(const std::string& name, const std::string& account, domain::ScopeSet scopes);

 private:
  domain::AccountStore& accounts_;
  const Clock& clock_;
  std::string pepper_;
  const std::vector<domain::Plan>& plans_;
  domain::Ledger* ledger_;
};

/// 1 to 200 characters without control characters. @error kInvalidField
[[nodiscard]] Result<void> check_name(const std::string& name);
/// Something before and after one @, and a dot in the domain: the rest is found out by writing to it.
/// @error kInvalidField
[[nodiscard]] Result<void> check_email(const std::string& email);
/// The row of a key whose text is `text`; active, without limit and end.
[[nodiscard]] domain::ApiKey make_key(const domain::AccountId& account, const std::string& name,
                                      domain::ScopeSet scopes, const std::string& text, const std::string& pepper,
                                      Timestamp now);

}  // namespace pictor::service
