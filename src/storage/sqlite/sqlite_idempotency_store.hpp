#pragma once

#include "domain/ports/idempotency_store.hpp"
#include "storage/sqlite/database.hpp"

namespace pictor::storage {

/// Table `idempotent_requests`.
class SqliteIdempotencyStore final : public domain::IdempotencyStore {
 public:
  explicit SqliteIdempotencyStore(SqliteDatabase& database) : database_(database) {}

  Result<Begun> begin(const domain::IdempotencyKey& key, const std::string& fingerprint, const std::string& owner,
                      Timestamp now, Timestamp forget_before) override;
  Result<void> finish(const domain::IdempotencyKey& key, const std::string& owner,
                      const domain::StoredAnswer& answer) override;
  Result<void> abandon(const domain::IdempotencyKey& key, const std::string& owner) override;
  Result<std::vector<domain::BlobId>> expire(Timestamp before, const std::string& owner) override;

 private:
  SqliteDatabase& database_;
};

}  // namespace pictor::storage
