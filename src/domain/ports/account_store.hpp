#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/account.hpp"

namespace pictor::domain {

/// Accounts and their keys. Thread-safe; safe beside another process on the same database.
class AccountStore {
 public:
  virtual ~AccountStore() = default;
  /// Both in one transaction: an account never stands without its first key.
  virtual Result<void> create(const Account& account, const ApiKey& first_key) = 0;
  virtual Result<std::optional<Account>> find(const AccountId& id) = 0;
  virtual Result<std::vector<Account>> list() = 0;
  virtual Result<void> create_key(const ApiKey& key) = 0;
  virtual Result<std::optional<ApiKey>> find_key_by_hash(const std::string& hash) = 0;
  virtual Result<std::vector<ApiKey>> list_keys(const AccountId& account) = 0;
  /// Named secrets of the server (link signing), made on first use: 32 random bytes, the same for every process on this
  /// database.
  virtual Result<std::string> secret(const std::string& name) = 0;
};

}  // namespace pictor::domain
