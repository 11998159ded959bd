#pragma once

#include "domain/ports/account_store.hpp"
#include "storage/sqlite/database.hpp"

namespace pictor::storage {

/// Tables `accounts`, `api_keys`, `secrets`.
class SqliteAccountStore final : public domain::AccountStore {
 public:
  explicit SqliteAccountStore(SqliteDatabase& database) : database_(database) {}

  Result<void> create(const domain::Account& account, const domain::ApiKey& first_key) override;
  Result<std::optional<domain::Account>> find(const domain::AccountId& id) override;
  Result<std::vector<domain::Account>> list() override;
  Result<void> create_key(const domain::ApiKey& key) override;
  Result<std::optional<domain::ApiKey>> find_key_by_hash(const std::string& hash) override;
  Result<std::vector<domain::ApiKey>> list_keys(const domain::AccountId& account) override;
  Result<std::string> secret(const std::string& name) override;

 private:
  SqliteDatabase& database_;
};

}  // namespace pictor::storage
