#pragma once

#include <string>
#include <string_view>

#include "domain/ports/account_store.hpp"
#include "domain/ports/ledger.hpp"

namespace pictor::service {

/// Checks API keys. Thread-safe; two indexed reads a call, so a change of a key or its account holds on the next
/// request.
class Authenticator {
 public:
  /// @param pepper  server secret under which keys are hashed
  Authenticator(domain::AccountStore& accounts, const Clock& clock, std::string pepper);
  /// @error kInvalidApiKey (form, checksum or unknown), kKeyInactive, kKeyExpired, kAccountSuspended
  [[nodiscard]] Result<domain::Principal> authenticate(std::string_view key) const;

 private:
  domain::AccountStore& accounts_;
  const Clock& clock_;
  std::string pepper_;
};

/// Makes accounts and keys for the command line and the first start. The key's text is in the answer only.
class AccountRegistry {
 public:
  /// @param ledger  gives a new account what its plan begins with
  AccountRegistry(domain::AccountStore& accounts, domain::Ledger& ledger, const Clock& clock, std::string pepper);
  struct Created {
    domain::Account account;
    domain::ApiKey key;
    std::string key_text;
  };
  /// @error kInvalidField  an empty name, an address that is not one, or a plan that does not exist
  Result<Created> create_account(const std::string& name, const std::string& email, const std::string& plan);
  /// @param account  empty: the oldest account
  /// @error kNotFound, kInvalidField
  Result<Created> create_key(const std::string& name, const std::string& account, domain::ScopeSet scopes);

 private:
  domain::AccountStore& accounts_;
  domain::Ledger& ledger_;
  const Clock& clock_;
  std::string pepper_;
};

}  // namespace pictor::service
