#pragma once

#include <string>
#include <vector>

#include "domain/ports/blob_store.hpp"
#include "domain/ports/image_engine.hpp"
#include "domain/ports/url_fetcher.hpp"
#include "domain/session.hpp"

namespace pictor::service {

/// A picture on its way in: bytes that are already in the blob store, an address to fetch, or why neither could be had.
struct Incoming {
  std::string filename;                    ///< as the client named it, cleaned by http; may be empty
  std::optional<domain::StoredBlob> blob;  ///< bytes that arrived
  std::string url;                         ///< when there is no blob
  std::optional<Error> error;              ///< the part was refused on arrival (too large, not base64)
};

/// What was made of one.
struct Accepted {
  domain::Image image;      ///< without ids of session and account
  domain::StoredBlob blob;  ///< pinned
  std::optional<domain::StoredBlob> thumbnail;
};

struct IntakeLimits {
  std::int64_t max_upload = 64LL << 20;  ///< bytes an image
};

/// Takes pictures in: fetches, probes, makes the thumbnail. Blocks; thread-safe.
class Intake {
 public:
  Intake(domain::BlobStore& blobs, domain::ImageEngine& engine, domain::UrlFetcher& fetcher, const Clock& clock,
         IntakeLimits limits);
  /// One picture. @error of the engine and the fetcher, kPayloadTooLarge, kUnsupportedMediaType (also for no bytes at
  /// all)
  Result<Accepted> accept(const Incoming& incoming) const;
  /// Many, a few at a time in parallel; order kept. One bad file never fails the others.
  /// @error the first one's, with one `errors[]` entry a file, when none is good
  Result<std::vector<Accepted>> accept_all(const std::vector<Incoming>& incoming,
                                           std::vector<domain::Rejected>& rejected) const;
  /// For /v1/optimize: blob and header only, no thumbnail. @error as accept()
  Result<domain::ImageInfo> probe(const domain::StoredBlob& blob) const;
  /// For /v1/optimize: fetches when it is an address, into a passing blob; else hands on the blob that there is.
  Result<domain::StoredBlob> receive_passing(const Incoming& incoming, std::string& filename) const;

 private:
  Result<domain::StoredBlob> receive(const Incoming& incoming, std::string& filename, bool passing) const;

  domain::BlobStore& blobs_;
  domain::ImageEngine& engine_;
  domain::UrlFetcher& fetcher_;
  const Clock& clock_;
  IntakeLimits limits_;
};

}  // namespace pictor::service
