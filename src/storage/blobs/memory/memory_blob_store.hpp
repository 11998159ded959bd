#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "domain/ports/blob_store.hpp"

namespace pictor::storage {

/// The blob store's twin for tests: anonymous memory files (memfd_create(2)), gone with the store. Thread-safe.
class MemoryBlobStore final : public domain::BlobStore {
 public:
  MemoryBlobStore();

  Result<std::unique_ptr<domain::PendingBlob>> begin() override;
  Result<std::unique_ptr<domain::PendingBlob>> begin_passing() override;
  Result<UniqueFd> open(const domain::BlobId& id) override;
  Result<void> remove_unnamed(const domain::BlobId& id,
                              const std::function<bool(const domain::BlobId&)>& is_named) override;
  Result<int> sweep(const std::function<bool(const domain::BlobId&)>& is_named) override;

  /// Shared with pending blobs and pins, which may outlive the store.
  struct Shelf {
    std::mutex mutex;
    std::map<domain::BlobId, UniqueFd> files;
    std::map<domain::BlobId, UniqueFd> passing;
    std::map<domain::BlobId, int> pins;
  };

 private:
  Result<std::unique_ptr<domain::PendingBlob>> begin(bool passing);

  std::shared_ptr<Shelf> shelf_;
};

}  // namespace pictor::storage
