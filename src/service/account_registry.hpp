#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/plans.hpp"
#include "domain/ports/account_store.hpp"
#include "domain/ports/ledger.hpp"

namespace pictor::service {

/// A client's wish for a new key.
struct NewKey {
  std::string name;
  domain::ScopeSet scopes = domain::kAllScopes;
  std::optional<int> monthly_credit_limit = std::nullopt;
  std::optional<Timestamp> expires_at = std::nullopt;
};

/// Makes and changes accounts as their operator: for the command line, the admin scope and the first start; signing up
/// makes them here, too. A key's text is in the answer only. Thread-safe.
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
  /// The same for the operator, whose keys may have the scope admin: the first account of a data folder.
  Result<Created> create_operator_account(const std::string& name, const std::string& email, const std::string& plan);
  /// Whatever the plan's number is: the operator's word.
  /// @param account  its id; empty: the oldest account
  /// @error kNotFound, kInvalidField (also the scope admin for an account that is not the operator's)
  Result<Created> create_key(const std::string& account, const NewKey& wanted);
  /// @error kNotFound
  Result<domain::Account> find(const std::string& account);
  /// An allowance that is due with a new plan is there at once.
  /// @error kNotFound, kInvalidField  a plan that does not exist
  Result<domain::Account> change(const std::string& account, const domain::AccountChange& change);
  /// A line of the ledger. @param amount  below 0: taken back, but never below a balance of 0
  /// @param reason  1 to 200 characters, shown to the account's holder @error kNotFound, kInvalidField
  Result<domain::CreditEntry> grant(const std::string& account, std::int64_t amount, const std::string& reason);

  [[nodiscard]] const std::vector<domain::Plan>& plans() const { return plans_; }

 private:
  Result<Created> make_account(domain::Account account);
  Result<domain::Account> find_oldest();

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
