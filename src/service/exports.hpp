#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "domain/account.hpp"
#include "domain/ports/blob_store.hpp"
#include "domain/ports/job_store.hpp"
#include "domain/ports/session_store.hpp"

namespace pictor::service {

/// Finished files: reading, downloading, links that need no key. Thread-safe. Errors: kNotFound, kSessionExpired.
class Exports {
 public:
  /// @param link_secret  signs links; the same for every process
  /// @param session_time_to_live  by which reading an export moves its session's end; 0: it does not
  Exports(domain::JobStore& exports, domain::SessionStore& sessions, domain::BlobStore& blobs, const Clock& clock,
          std::string link_secret, milliseconds session_time_to_live = milliseconds(0));

  Result<domain::Export> find(const domain::Principal& who, const std::string& export_id);
  /// Exports of a session, newest first (at most 100), for the session's view.
  Result<std::vector<domain::Export>> of_session(const domain::Principal& who, const domain::SessionId& session);

  struct File {
    domain::Variant variant;
    Timestamp modified;
    UniqueFd descriptor;
  };
  Result<File> file(const domain::Principal& who, const std::string& export_id, const std::string& name);
  /// Every finished file, opened one after another by `open` while the archive streams.
  Result<std::vector<domain::Variant>> files(const domain::Principal& who, const std::string& export_id);
  Result<UniqueFd> open(const domain::Variant& variant);

  struct Link {
    std::string name;
    std::string path;  ///< `/v1/exports/…/files/…?expires=…&signature=…`; http puts the public address before it
    Timestamp expires_at;
  };
  /// @param names  empty: all files. @error kInvalidField  a name that the export does not have, or expires_in
  /// outside 1..604,800
  Result<std::vector<Link>> links(const domain::Principal& who, const std::string& export_id, int expires_in,
                                  const std::vector<std::string>& names);
  /// @error kNotFound  a signature that is wrong or over, as if there were nothing
  Result<File> file_by_link(const std::string& export_id, const std::string& name, const std::string& expires,
                            const std::string& signature);

  /// A ready `<picture>` for each image (`?snippet=html`). @param base  public address, may be empty
  Result<std::string> snippet(const domain::Principal& who, const std::string& export_id, const std::string& base);

  /// Results without a session whose time is over.
  Result<int> expire();

 private:
  /// Words by image id as the export was asked to embed them.
  Result<std::map<std::string, domain::Metadata>> words_of_export(const domain::Export& found);
  [[nodiscard]] std::string sign(const std::string& export_id, const std::string& name,
                                 const std::string& expires) const;
  static Result<File> open_file(domain::BlobStore& blobs, const domain::Export& found, const std::string& name);

  domain::JobStore& exports_;
  domain::SessionStore& sessions_;
  domain::BlobStore& blobs_;
  const Clock& clock_;
  std::string link_secret_;
  milliseconds session_time_to_live_;
};

}  // namespace pictor::service
