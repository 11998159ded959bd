#pragma once

#include "domain/ports/session_store.hpp"
#include "storage/sqlite/database.hpp"

namespace pictor::storage {

/// Tables `sessions`, `images`, `metadata_versions`.
class SqliteSessionStore final : public domain::SessionStore {
 public:
  explicit SqliteSessionStore(SqliteDatabase& database) : database_(database) {}

  Result<void> create(const domain::Session& session, const std::vector<domain::Image>& images) override;
  Result<void> add_images(const domain::AccountId& account, const domain::SessionId& session,
                          std::vector<domain::Image>& images, Timestamp expires_at) override;
  Result<domain::Session> find(const domain::AccountId& account, const domain::SessionId& id) override;
  Result<domain::Page<domain::Session>> list(const domain::AccountId& account,
                                             const domain::PageRequest& page) override;
  Result<void> touch(const domain::SessionId& id, Timestamp expires_at) override;
  Result<std::vector<domain::BlobId>> remove(const domain::AccountId& account, const domain::SessionId& id) override;
  Result<std::vector<domain::BlobId>> expire(Timestamp now) override;
  Result<std::vector<domain::Image>> images(const domain::AccountId& account,
                                            const domain::SessionId& session) override;
  Result<domain::Image> image(const domain::AccountId& account, const domain::SessionId& session,
                              const domain::ImageId& image) override;
  Result<domain::Image> image_anywhere(const domain::AccountId& account, const domain::ImageId& image) override;
  Result<std::vector<domain::BlobId>> remove_image(const domain::AccountId& account, const domain::SessionId& session,
                                                   const domain::ImageId& image) override;
  Result<std::vector<domain::Image>> change_metadata(const domain::AccountId& account, const domain::SessionId& session,
                                                     const std::vector<domain::MetadataChange>& changes,
                                                     Timestamp now) override;
  Result<std::vector<domain::MetadataVersion>> metadata_versions(const domain::AccountId& account,
                                                                 const domain::SessionId& session,
                                                                 const domain::ImageId& image) override;
  bool is_blob_named(const domain::BlobId& id) override;

 private:
  SqliteDatabase& database_;
};

}  // namespace pictor::storage
