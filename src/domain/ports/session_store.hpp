#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/session.hpp"

namespace pictor::domain {

/// A page of a list, newest first. `cursor` is opaque to clients: the last id of the page before.
struct PageRequest {
  int limit = 20;
  std::string cursor;
};
template <class T>
struct Page {
  std::vector<T> items;
  std::optional<std::string> next_cursor;
};

/// How a metadata edit reaches the row: the new words, and who made them.
struct MetadataChange {
  ImageId image;
  std::optional<int> expected_version;  ///< If-Match
  Metadata metadata;                    ///< `version` is ignored: the store counts
  std::string changed_by;
};

/// Sessions, their images, their words. Every read takes the account: another's id is kNotFound. Thread-safe.
class SessionStore {
 public:
  virtual ~SessionStore() = default;

  /// A session with its first images, in one transaction. @error kInvalidApiKey  its account is gone
  virtual Result<void> create(const Session& session, const std::vector<Image>& images) = 0;
  /// Adds images and moves `expires_at`; positions are given by the store. @error kNotFound, kSessionExpired
  virtual Result<void> add_images(const AccountId& account, const SessionId& session, std::vector<Image>& images,
                                  Timestamp expires_at) = 0;
  /// Without looking at expiry. @error kNotFound
  virtual Result<Session> find(const AccountId& account, const SessionId& id) = 0;
  virtual Result<Page<Session>> list(const AccountId& account, const PageRequest& page) = 0;
  /// Moves `expires_at` forward; cheap to call often (writes only when it moves by more than a minute).
  virtual Result<void> touch(const SessionId& id, Timestamp expires_at) = 0;
  /// Rows of the session, its images, jobs, events and exports go, in one transaction.
  /// @return the blobs that it named: remove those that nothing names any more
  virtual Result<std::vector<BlobId>> remove(const AccountId& account, const SessionId& id) = 0;
  /// Sessions whose time is over become `expired` and name no blob any more. @return the blobs they named
  virtual Result<std::vector<BlobId>> expire(Timestamp now) = 0;

  virtual Result<std::vector<Image>> images(const AccountId& account, const SessionId& session) = 0;
  virtual Result<Image> image(const AccountId& account, const SessionId& session, const ImageId& image) = 0;
  virtual Result<std::vector<BlobId>> remove_image(const AccountId& account, const SessionId& session,
                                                   const ImageId& image) = 0;

  /// All or none, in one transaction; each gets the next version and a history row.
  /// @error kNotFound, kMetadataChanged  an expected version is not the present one, or the image has no words and
  ///        `expected_version` is not 0 or empty @return the images as they are then, in the order asked
  virtual Result<std::vector<Image>> change_metadata(const AccountId& account, const SessionId& session,
                                                     const std::vector<MetadataChange>& changes, Timestamp now) = 0;
  /// Oldest first.
  virtual Result<std::vector<MetadataVersion>> metadata_versions(const AccountId& account, const SessionId& session,
                                                                 const ImageId& image) = 0;

  /// True when any row of any table names the blob.
  virtual bool is_blob_named(const BlobId& id) = 0;
};

}  // namespace pictor::domain
