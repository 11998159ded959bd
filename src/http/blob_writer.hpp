#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "domain/ports/blob_store.hpp"
#include "service/intake.hpp"

namespace pictor::http {

/// One image on its way into the blob store. A picture past the limit is refused on its own (`Incoming::error`), so
/// that the others of its request go on. Gone without a trace when destroyed before `finish`. One thread at a time.
class BlobWriter {
 public:
  /// @param passing  the picture serves this request alone (BlobStore::begin_passing)
  BlobWriter(domain::BlobStore& blobs, std::int64_t limit, std::string filename, bool passing);
  /// @error of the store; kPayloadTooLarge  more than twice the limit: there is no point in reading on
  Result<void> write(std::span<const std::uint8_t> bytes);
  /// Refuses the picture, whatever else arrives.
  void refuse(Error error);
  [[nodiscard]] bool is_too_large() const { return size_ > limit_; }
  Result<service::Incoming> finish();

 private:
  domain::BlobStore& blobs_;
  std::int64_t limit_;
  bool passing_;
  std::int64_t size_ = 0;
  std::unique_ptr<domain::PendingBlob> pending_;
  service::Incoming incoming_;
};

/// 413 with the limit in it.
[[nodiscard]] Error image_over_limit(std::int64_t limit);

}  // namespace pictor::http
