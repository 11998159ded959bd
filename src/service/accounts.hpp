#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "domain/ports/blob_store.hpp"
#include "domain/ports/session_store.hpp"
#include "service/account_registry.hpp"
#include "service/signup_limit.hpp"

namespace pictor::service {

struct SignupRules {
  bool is_open = false;
  int per_minute = 5;  ///< sign-ups of one address; 0: no limit
};

/// An account as its holder sees it.
struct AccountView {
  domain::Account account;
  domain::Plan plan;
  domain::Balance balance;
};
/// `{"id","name","email","plan","balance",…,"limits":{…}}`
[[nodiscard]] Json to_api_json(const AccountView& view);

/// The same as the operator sees it: with `status`.
[[nodiscard]] Json to_admin_json(const AccountView& view);

/// The wish for an account.
struct NewAccount {
  std::string name;
  std::string email;
  std::string plan;
};
/// @param plans  one of which `plan` may name; nullptr: nobody chooses, and the field is unknown
/// @error kInvalidField, kUnknownField, all at once
[[nodiscard]] Result<NewAccount> parse_new_account(const Json& body, const std::vector<domain::Plan>* plans);

/// Signing up, and what the holder of an account can do with it as a whole. Thread-safe.
class Accounts {
 public:
  /// @param plans  of the configuration; everything referred to outlives this
  /// @param on_signup  told of each new account, quickly: may be empty
  Accounts(domain::AccountStore& accounts, domain::Ledger& ledger, domain::SessionStore& sessions,
           domain::BlobStore& blobs, AccountRegistry& registry, const Clock& clock,
           const std::vector<domain::Plan>& plans, SignupRules rules,
           std::function<void(const domain::Account&)> on_signup = {});

  /// A new account on the first plan, its credits for signing up and its first key.
  /// @param body  `{"name","email"}`
  /// @error kSignupClosed, kRateLimited, kInvalidField, kUnknownField
  Result<AccountRegistry::Created> sign_up(const Json& body, const std::string& address);
  /// Before the body is looked at. @error kSignupClosed
  [[nodiscard]] Result<void> check_open() const;
  Result<domain::Page<AccountView>> list(const domain::AccountFilter& filter, const domain::PageRequest& page);
  /// @error kNotFound
  Result<AccountView> view(const domain::AccountId& account);
  /// Everything of it goes at once, as AccountStore::remove says, then its files. @error kNotFound
  Result<void> remove(const domain::AccountId& account);
  /// Removes the files of accounts that are gone, also of those that another process removed. @return how many
  Result<int> remove_doomed_files();

  [[nodiscard]] std::vector<std::string> export_sections() const { return accounts_.export_sections(); }
  Result<domain::ExportedRows> export_rows(const domain::AccountId& account, const std::string& section, int offset,
                                           int limit) {
    return accounts_.export_rows(account, section, offset, limit);
  }
  [[nodiscard]] const std::vector<domain::Plan>& plans() const { return plans_; }
  /// What the operator may do with accounts.
  [[nodiscard]] AccountRegistry& registry() { return registry_; }

 private:
  Result<AccountView> view_of(const domain::Account& account);

  domain::AccountStore& accounts_;
  domain::Ledger& ledger_;
  domain::SessionStore& sessions_;
  domain::BlobStore& blobs_;
  AccountRegistry& registry_;
  const Clock& clock_;
  const std::vector<domain::Plan>& plans_;
  SignupRules rules_;
  SignupLimit limit_;
  std::function<void(const domain::Account&)> on_signup_;
};

}  // namespace pictor::service
