#pragma once

#include <memory>
#include <mutex>

#include "domain/ports/account_store.hpp"
#include "storage/sqlite/database.hpp"

namespace pictor::storage {

/// Tables `accounts`, `api_keys`, `access_version`, `doomed_blobs`, `secrets`.
class SqliteAccountStore final : public domain::AccountStore {
 public:
  explicit SqliteAccountStore(SqliteDatabase& database) : database_(database) {}

  Result<void> create(const domain::Account& account, const domain::ApiKey& first_key) override;
  Result<std::optional<domain::Account>> find(const domain::AccountId& id) override;
  Result<std::vector<domain::Account>> list() override;
  Result<domain::Page<domain::Account>> page(const domain::AccountFilter& filter,
                                             const domain::PageRequest& page) override;
  Result<domain::Account> change(const domain::AccountId& id, const domain::AccountChange& change) override;
  Result<void> remove(const domain::AccountId& id, Timestamp now) override;
  Result<std::vector<domain::BlobId>> doomed_blobs(int limit) override;
  Result<void> forget_doomed(const std::vector<domain::BlobId>& blobs) override;

  Result<void> create_key(const domain::ApiKey& key) override;
  Result<void> create_key_within(const domain::ApiKey& key, int most, Timestamp now) override;
  Result<std::optional<domain::ApiKey>> find_key_by_hash(const std::string& hash) override;
  Result<std::vector<domain::ApiKey>> list_keys(const domain::AccountId& account) override;
  Result<int> count_usable_keys(const domain::AccountId& account, Timestamp now) override;
  Result<domain::ApiKey> change_key(const domain::AccountId& account, const domain::KeyId& key,
                                    const domain::KeyChange& change, int most, Timestamp now) override;
  Result<void> remove_key(const domain::AccountId& account, const domain::KeyId& key) override;
  Result<void> rotate_key(const domain::AccountId& account, const domain::KeyId& key, const domain::ApiKey& successor,
                          Timestamp end, int most, Timestamp now) override;
  Result<void> mark_used(const std::vector<std::pair<domain::KeyId, Timestamp>>& uses) override;
  Result<std::int64_t> version() override;

  [[nodiscard]] std::vector<std::string> export_sections() const override;
  Result<domain::ExportedRows> export_rows(const domain::AccountId& account, const std::string& section, int offset,
                                           int limit) override;
  Result<std::string> secret(const std::string& name) override;

 private:
  SqliteDatabase& database_;
  std::mutex watch_mutex_;
  std::unique_ptr<Connection> watch_;  ///< sees by its own counter that anybody else wrote
  std::int64_t seen_counter_ = -1;
  std::int64_t version_ = 0;
};

}  // namespace pictor::storage
