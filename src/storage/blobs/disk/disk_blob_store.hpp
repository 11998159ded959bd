#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "domain/ports/blob_store.hpp"

namespace pictor::storage {

/// `blobs/ab/cd/<sha256>` and `tmp/` under one folder, so that a rename is enough. Folders 0700, files 0600.
/// Thread-safe; one process a folder.
class DiskBlobStore final : public domain::BlobStore {
 public:
  /// Makes the folders and removes what an earlier process left in `tmp`. @error kInternal
  static Result<std::unique_ptr<DiskBlobStore>> open_folder(const std::string& folder);

  Result<std::unique_ptr<domain::PendingBlob>> begin() override;
  Result<std::unique_ptr<domain::PendingBlob>> begin_passing() override;
  Result<UniqueFd> open(const domain::BlobId& id) override;
  Result<void> remove_unnamed(const domain::BlobId& id,
                              const std::function<bool(const domain::BlobId&)>& is_named) override;
  Result<int> sweep(const std::function<bool(const domain::BlobId&)>& is_named) override;

  /// What a sweep leaves alone: digests between their commit and the row that names them, and files being written.
  /// Shared with the pins and the pending blobs, which may outlive the store.
  struct Pins {
    std::mutex mutex;
    std::map<domain::BlobId, int> counts;
    std::map<domain::BlobId, std::string> passing;  ///< paths of temporary files that are blobs while they are pinned
    std::set<std::string> pending;                  ///< paths of temporary files that somebody writes
    /// Digests that are about to be removed unless a row names them; a pin lifts it. The number tells who asked last.
    std::map<domain::BlobId, std::uint64_t> condemned;
    std::uint64_t last_sentence = 0;
  };

 private:
  explicit DiskBlobStore(std::string folder);
  Result<std::unique_ptr<domain::PendingBlob>> begin(bool passing);
  /// Removes temporary files that nobody writes. @return how many
  int sweep_temporaries();
  /// @return true when it was there and is gone
  bool unlink_unnamed(const domain::BlobId& id, const std::string& path,
                      const std::function<bool(const domain::BlobId&)>& is_named);

  std::string folder_;
  std::shared_ptr<Pins> pins_;
};

}  // namespace pictor::storage
