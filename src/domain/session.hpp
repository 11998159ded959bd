#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "domain/account.hpp"
#include "domain/ids.hpp"
#include "domain/image_info.hpp"
#include "domain/metadata.hpp"

namespace pictor::domain {

/// A blob's name: the SHA-256 of its bytes, hexadecimal. Content-addressed: equal bytes are one blob.
using BlobId = std::string;

enum class SessionStatus { kOpen, kExpired };

struct Session {
  SessionId id;
  AccountId account;
  SessionStatus status = SessionStatus::kOpen;
  Timestamp created_at;
  Timestamp expires_at;  ///< moves with every use
};

/// An uploaded picture.
struct Image {
  ImageId id;
  SessionId session;
  AccountId account;
  int position = 0;  ///< order of upload in the session
  std::string original_filename;
  ImageInfo info;
  std::int64_t size = 0;  ///< bytes
  BlobId blob;            ///< also its `sha256`
  BlobId thumbnail;       ///< WebP; empty when none could be made
  bool analyzed = false;
  bool exported = false;
  std::optional<Metadata> metadata;
  std::vector<std::string> warnings;
  Timestamp created_at;
  [[nodiscard]] std::string state() const;  ///< uploaded analyzed exported both
};

/// A file of an upload that was refused.
struct Rejected {
  std::string filename;
  Error error;
};

/// The API's shapes (section 3). `expires_at` etc. as RFC 3339.
[[nodiscard]] Json to_api_json(const Image& image);
[[nodiscard]] Json to_api_json(const Session& session, const std::vector<Image>& images,
                               const std::vector<Rejected>& rejected = {});

/// `ETag` of an image's metadata: changes with its version. Quoted, strong.
[[nodiscard]] std::string metadata_etag(const Image& image);

}  // namespace pictor::domain
