#pragma once

#include <string>
#include <utility>
#include <vector>

#include "domain/account.hpp"
#include "domain/ports/job_store.hpp"
#include "domain/ports/session_store.hpp"
#include "service/intake.hpp"

namespace pictor::service {

/// A session as clients see it.
struct SessionView {
  domain::Session session;
  std::vector<domain::Image> images;
  std::vector<domain::Rejected> rejected;
};

/// Sessions and their pictures. Every use moves the session's end. Blocks; thread-safe.
/// Errors throughout: kNotFound (also another account's), kSessionExpired.
class Sessions {
 public:
  Sessions(domain::SessionStore& sessions, domain::BlobStore& blobs, const Intake& intake, const Clock& clock,
           milliseconds time_to_live);

  /// @error kInvalidField  no image at all; those of Intake when none is good
  Result<SessionView> create(const domain::Principal& who, const std::vector<Incoming>& images);
  Result<SessionView> add_images(const domain::Principal& who, const std::string& session,
                                 const std::vector<Incoming>& images);
  Result<SessionView> find(const domain::Principal& who, const std::string& session);
  Result<domain::Page<SessionView>> list(const domain::Principal& who, const domain::PageRequest& page);
  Result<void> remove(const domain::Principal& who, const std::string& session);

  Result<domain::Image> image(const domain::Principal& who, const std::string& session, const std::string& image);
  Result<void> remove_image(const domain::Principal& who, const std::string& session, const std::string& image);
  /// The uploaded bytes, or the thumbnail (kNotFound when none could be made).
  Result<std::pair<domain::Image, UniqueFd>> original(const domain::Principal& who, const std::string& session,
                                                      const std::string& image);
  Result<std::pair<domain::Image, UniqueFd>> thumbnail(const domain::Principal& who, const std::string& session,
                                                       const std::string& image);

  /// Ends what is over and removes blobs that nothing names; run every minute.
  Result<int> expire();

 private:
  /// @error kNotFound, kSessionExpired
  Result<domain::Session> find_open(const domain::Principal& who, const std::string& id);
  /// The same, and its end moves.
  Result<domain::Session> open_session(const domain::Principal& who, const std::string& id);
  void remove_blobs(const std::vector<domain::BlobId>& blobs);

  domain::SessionStore& sessions_;
  domain::BlobStore& blobs_;
  const Intake& intake_;
  const Clock& clock_;
  milliseconds time_to_live_;
};

}  // namespace pictor::service
