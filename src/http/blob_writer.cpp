#include "http/blob_writer.hpp"

namespace pictor::http {

Error image_over_limit(std::int64_t limit) {
  return {ErrorCode::kPayloadTooLarge,
          "The image is larger than the " + std::to_string(limit) + " bytes that this server takes."};
}

BlobWriter::BlobWriter(domain::BlobStore& blobs, std::int64_t limit, std::string filename, bool passing)
    : blobs_(blobs), limit_(limit), passing_(passing) {
  incoming_.filename = std::move(filename);
}

Result<void> BlobWriter::write(std::span<const std::uint8_t> bytes) {
  size_ += static_cast<std::int64_t>(bytes.size());
  if (size_ > 2 * limit_) {
    return fail(image_over_limit(limit_));
  }
  if (size_ > limit_ || incoming_.error) {
    refuse(image_over_limit(limit_));
    return {};
  }
  if (!pending_) {
    Result<std::unique_ptr<domain::PendingBlob>> begun = passing_ ? blobs_.begin_passing() : blobs_.begin();
    if (!begun) {
      return fail(begun.error());
    }
    pending_ = *std::move(begun);
  }
  return pending_->write(bytes);
}

void BlobWriter::refuse(Error error) {
  pending_.reset();
  if (!incoming_.error) {
    incoming_.error = std::move(error);
  }
}

Result<service::Incoming> BlobWriter::finish() {
  if (!incoming_.error && !pending_) {
    incoming_.error = Error{ErrorCode::kUnsupportedMediaType, "The file is empty."};
  }
  if (pending_) {
    Result<domain::StoredBlob> stored = pending_->commit();
    pending_.reset();
    if (!stored) {
      return fail(stored.error());
    }
    incoming_.blob = *std::move(stored);
  }
  return std::move(incoming_);
}

}  // namespace pictor::http
