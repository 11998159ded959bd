#pragma once

#include <string>
#include <vector>

#include "http/api.hpp"

/// What several handlers share.
namespace pictor::http::handlers {

/// `request.body` as JSON. @error kMalformedRequest  also for an empty body
[[nodiscard]] Result<Json> json_body(const Request& request);

/// `?limit=&cursor=`. @param others  that the handler reads itself @error kInvalidField, kUnknownField (another
/// parameter)
[[nodiscard]] Result<domain::PageRequest> page_request(const Request& request,
                                                       std::vector<std::string_view> others = {});
/// `{"data":[…],"nextCursor":…}` with `Link: <…>; rel="next"`.
[[nodiscard]] Response page_response(const Request& request, const domain::PageRequest& page, Json items,
                                     const std::optional<std::string>& next_cursor);

/// Pictures of an upload whose JSON form is `{"images":[…]}` and whose multipart form has no fields.
/// @error kMalformedRequest (empty body), kUnknownField, kInvalidField
[[nodiscard]] Result<std::vector<service::Incoming>> images_of(Request& request, Api& api);
/// The multipart fields, each known and at most once. @error kUnknownField, kInvalidField
[[nodiscard]] Result<void> check_fields(const Upload& upload, const std::vector<std::string_view>& known);
/// A multipart field that holds JSON; nullopt when it is absent. @error kMalformedRequest
[[nodiscard]] Result<std::optional<Json>> json_field(const Upload& upload, std::string_view name);
[[nodiscard]] Error empty_upload();

/// Bytes of an open file. @error kInternal
[[nodiscard]] Result<std::int64_t> size_of(const UniqueFd& descriptor);

/// `https://example.org` without a slash behind: as configured, else made of the request's Host.
[[nodiscard]] std::string public_base(const Request& request, const Api& api);

}  // namespace pictor::http::handlers
