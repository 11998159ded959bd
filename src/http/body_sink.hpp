#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "domain/ports/blob_store.hpp"
#include "http/request.hpp"

namespace pictor::http {

/// Limits of what one request may bring.
struct BodyLimits {
  std::int64_t max_upload = 64LL << 20U;  ///< bytes an image
  int max_images = 500;
  std::size_t json_bytes = 1U << 20U;  ///< JSON kept in memory, base64 images not counted
  std::size_t table_bytes = 16U << 20U;
  std::size_t field_bytes = 1U << 20U;  ///< all small multipart fields together
};

/// Takes a body piece by piece as it arrives. One thread at a time, not always the same one.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// An error ends the request with that problem; the rest of the body is not read.
  virtual Result<void> write(std::span<const std::uint8_t> bytes) = 0;
  /// The body is whole: puts it into the request. Not called when it broke off.
  virtual Result<void> finish(Request& request) = 0;
  /// True when `write` touches the disk: it is called on a worker thread then.
  [[nodiscard]] virtual bool blocks() const { return false; }
  /// Bytes that the whole body may have.
  [[nodiscard]] virtual std::int64_t limit() const = 0;
};

/// Into `request.body`.
[[nodiscard]] std::unique_ptr<BodySink> make_memory_sink(std::size_t limit);
/// For endpoints that take no body: a small one is ignored.
[[nodiscard]] std::unique_ptr<BodySink> make_ignoring_sink();
/// Into `request.upload` (whose `passing` says how long the images live): multipart/form-data, JSON with addresses or
/// base64, or one raw image, by Content-Type.
/// @error kMalformedRequest  multipart without a boundary
[[nodiscard]] Result<std::unique_ptr<BodySink>> make_upload_sink(const Request& request, domain::BlobStore& blobs,
                                                                 const BodyLimits& limits);

}  // namespace pictor::http
