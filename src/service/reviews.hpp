#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/account.hpp"
#include "domain/ports/session_store.hpp"

namespace pictor::service {

/// Reading and editing words. Blocks; thread-safe. Errors: kNotFound, kSessionExpired.
class Reviews {
 public:
  Reviews(domain::SessionStore& sessions, const Clock& clock, milliseconds time_to_live);

  /// Every image of the session; `metadata` is empty for those that were not analysed.
  /// @param review  only images with this `review` state, when given
  Result<std::vector<domain::Image>> all(const domain::Principal& who, const std::string& session,
                                         const std::optional<std::string>& review);
  /// One image, RFC 7396. An image without words gets them from the patch.
  /// @param if_match  `ETag` value as sent, with quotes; `*` matches any image that has words
  /// @error kMetadataChanged, kUnknownField, kInvalidField
  Result<domain::Image> patch(const domain::Principal& who, const std::string& session, const std::string& image,
                              const Json& patch, const std::optional<std::string>& if_match);

  /// One row of a PUT: JSON form or CSV.
  struct Row {
    std::string image_id;
    Json patch;
    std::optional<int> version;  ///< from CSV's `version` column: checked when given
    std::string pointer;         ///< for errors: `/data/3`, or `row 4`
  };
  /// All or none. @error kInvalidField names every row whose image is not of this session; kMetadataChanged
  Result<std::vector<domain::Image>> put(const domain::Principal& who, const std::string& session,
                                         const std::vector<Row>& rows);

  Result<std::vector<domain::MetadataVersion>> versions(const domain::Principal& who, const std::string& session,
                                                        const std::string& image);
  /// A new version with the words of `version`. @error kNotFound  there was no such version
  Result<domain::Image> restore(const domain::Principal& who, const std::string& session, const std::string& image,
                                int version);

 private:
  Result<domain::SessionId> open_session(const domain::Principal& who, const std::string& id);

  domain::SessionStore& sessions_;
  const Clock& clock_;
  milliseconds time_to_live_;
};

}  // namespace pictor::service
