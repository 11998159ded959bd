#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace pictor {

/// Every failure that a client or an operator can be told about. `http/problem.hpp` gives each its status.
enum class ErrorCode {
  kInternal,
  kCancelled,
  kOverloaded,
  // the request as a whole
  kMalformedRequest,
  kTooManyImages,
  kMethodNotAllowed,
  kNotAcceptable,
  kRequestTimeout,
  kHeadersTooLarge,
  kPayloadTooLarge,
  kRangeNotSatisfiable,
  kPreconditionFailed,
  // who asks
  kMissingApiKey,
  kInvalidApiKey,
  kKeyExpired,
  kKeyInactive,
  kInsufficientScope,
  kSignupClosed,
  kAccountSuspended,
  kKeyLimitReached,
  kKeyLimitExceeded,
  kInsufficientCredits,
  kRateLimited,
  // what is asked for
  kNotFound,
  kSessionExpired,
  kMetadataChanged,
  kInvalidField,
  kUnknownField,
  kLanguageUnsupported,
  kIdempotencyKeyReused,
  kRequestInProgress,
  // pictures
  kUnsupportedMediaType,
  kImageUnreadable,
  kImageTooLarge,
  kAnimationTooLong,
  kFormatLimit,
  kMaxBytesUnreachable,
  kMetadataMismatch,
  kProcessingTimeout,
  // pictures by URL
  kUrlNotAllowed,
  kUrlFetchFailed,
};

/// One bad field of a request body or query.
struct FieldError {
  std::string
      pointer;         ///< RFC 6901 JSON Pointer into the body (`/settings/quality`), or `?name` for a query parameter.
  std::string detail;  ///< What is wrong and what would be right.
};

/// A failure that crosses a room border. Returned, never thrown.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string public_message;        ///< Sent to clients: no paths, SQL or library text.
  std::string private_message = {};  ///< Logs only.
  std::vector<FieldError> fields = {};
  std::optional<int> retry_after_seconds = std::nullopt;
};

template <class T>
using Result = tl::expected<T, Error>;

/// `return fail({ErrorCode::kNotFound, "…"});`
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

/// A failure that says nothing to the client but "internal error"; the cause goes to the log.
[[nodiscard]] inline tl::unexpected<Error> fail_internal(std::string private_message) {
  return fail({ErrorCode::kInternal,
               "Something went wrong on our side. Try again; if it persists, give the operator the request id.",
               std::move(private_message)});
}

/// The one answer for every id that is not the caller's, never was, or is not an id.
[[nodiscard]] inline tl::unexpected<Error> fail_not_found() {
  return fail({ErrorCode::kNotFound, "There is nothing here under this id or address."});
}

/// One bad field. `pointer` as in FieldError.
[[nodiscard]] inline tl::unexpected<Error> fail_field(std::string pointer, std::string detail) {
  Error error{ErrorCode::kInvalidField, detail};
  error.fields.push_back({std::move(pointer), std::move(detail)});
  return tl::unexpected<Error>(std::move(error));
}

/// The wire word of a code (`image_too_large`); stable, part of the API. One table for problems, rejected files and
/// logs.
[[nodiscard]] std::string_view error_code_name(ErrorCode code);
/// The code of a wire word; kInternal for an unknown one.
[[nodiscard]] ErrorCode error_code_from_name(std::string_view name);

}  // namespace pictor
