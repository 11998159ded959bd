#pragma once

#include <array>
#include <string_view>

#include "base/json.hpp"

namespace pictor::http {

struct ProblemRow {
  ErrorCode code;
  int status;
  std::string_view title;
  std::string_view meaning;  ///< what `GET /errors/{code}` says
};

/// The only place where an ErrorCode becomes an HTTP status. The wire word of a code is base's `error_code_name`.
inline constexpr std::array kProblems = {
    ProblemRow{ErrorCode::kInternal, 500, "Internal error",
               "Something failed on the server's side; the log has the cause under the request id."},
    ProblemRow{ErrorCode::kCancelled, 503, "Cancelled",
               "The work was stopped before it was done: by a cancel, or because the server was shutting down."},
    ProblemRow{ErrorCode::kOverloaded, 503, "Overloaded",
               "The server has more to do than it can take. Try again after the seconds in Retry-After."},
    ProblemRow{ErrorCode::kMalformedRequest, 400, "Malformed request",
               "The request cannot be read: its JSON, multipart form, text encoding or head is broken."},
    ProblemRow{ErrorCode::kTooManyImages, 400, "Too many images",
               "One request may hold only so many images; a sample at most 5."},
    ProblemRow{ErrorCode::kMethodNotAllowed, 405, "Method not allowed",
               "The address exists, but not for this method; Allow lists those that work."},
    ProblemRow{ErrorCode::kNotAcceptable, 406, "Not acceptable",
               "None of the media types in Accept can be produced here."},
    ProblemRow{ErrorCode::kRequestTimeout, 408, "Request timeout", "The request did not arrive in time."},
    ProblemRow{ErrorCode::kHeadersTooLarge, 431, "Headers too large", "The request's head is larger than 16 KiB."},
    ProblemRow{ErrorCode::kPayloadTooLarge, 413, "Payload too large",
               "The body, or one image in it, is larger than the server takes."},
    ProblemRow{ErrorCode::kRangeNotSatisfiable, 416, "Range not satisfiable",
               "The range asked for lies outside the file."},
    ProblemRow{ErrorCode::kPreconditionFailed, 412, "Precondition failed",
               "If-Match or If-Unmodified-Since does not hold."},
    ProblemRow{ErrorCode::kMissingApiKey, 401, "API key missing",
               "Send the key as X-API-Key, or as Authorization: Bearer."},
    ProblemRow{ErrorCode::kInvalidApiKey, 401, "API key invalid", "There is no such key."},
    ProblemRow{ErrorCode::kKeyExpired, 401, "API key expired", "The key's time is over."},
    ProblemRow{ErrorCode::kKeyInactive, 403, "API key inactive", "The key was switched off."},
    ProblemRow{ErrorCode::kInsufficientScope, 403, "Insufficient scope",
               "The key lacks the scope that this call needs."},
    ProblemRow{ErrorCode::kSignupClosed, 403, "Sign-up closed", "This server does not take new accounts."},
    ProblemRow{ErrorCode::kAccountSuspended, 403, "Account suspended", "The operator has suspended the account."},
    ProblemRow{ErrorCode::kKeyLimitReached, 403, "Key limit reached", "The plan allows no more keys."},
    ProblemRow{ErrorCode::kKeyLimitExceeded, 402, "Key limit exceeded", "The key has spent its monthly limit."},
    ProblemRow{ErrorCode::kInsufficientCredits, 402, "Insufficient credits",
               "The account has fewer credits than this costs."},
    ProblemRow{ErrorCode::kRateLimited, 429, "Rate limited",
               "Too many requests; try again after the seconds in Retry-After."},
    ProblemRow{ErrorCode::kNotFound, 404, "Not found",
               "There is nothing under this id or address, or it is another account's."},
    ProblemRow{ErrorCode::kSessionExpired, 410, "Session expired", "The session ended and its files are gone."},
    ProblemRow{ErrorCode::kMetadataChanged, 412, "Metadata changed",
               "Somebody changed these metadata since the version named in If-Match."},
    ProblemRow{ErrorCode::kInvalidField, 422, "Invalid field",
               "A field or parameter has a value that is not allowed; errors[] names each."},
    ProblemRow{ErrorCode::kUnknownField, 422, "Unknown field",
               "The request has a field that this call does not know; errors[] names each."},
    ProblemRow{ErrorCode::kLanguageUnsupported, 422, "Language unsupported",
               "Metadata cannot be written in this language."},
    ProblemRow{ErrorCode::kIdempotencyKeyReused, 422, "Idempotency key reused",
               "The Idempotency-Key came before with another request."},
    ProblemRow{ErrorCode::kRequestInProgress, 409, "Request in progress",
               "The first request with this Idempotency-Key is still running."},
    ProblemRow{ErrorCode::kUnsupportedMediaType, 415, "Unsupported media type",
               "The body, or a file in it, is of no kind that is read here; files are judged by their bytes."},
    ProblemRow{ErrorCode::kImageUnreadable, 422, "Image unreadable",
               "The file is a picture by its first bytes, but it cannot be decoded."},
    ProblemRow{ErrorCode::kImageTooLarge, 422, "Image too large", "The picture has more pixels than the server takes."},
    ProblemRow{ErrorCode::kAnimationTooLong, 422, "Animation too long",
               "The animation has more frames than the server takes."},
    ProblemRow{ErrorCode::kFormatLimit, 422, "Format limit",
               "The output format cannot hold a picture of this size or kind."},
    ProblemRow{ErrorCode::kMaxBytesUnreachable, 422, "maxBytes unreachable",
               "The picture cannot be made that small in this format and size."},
    ProblemRow{ErrorCode::kMetadataMismatch, 500, "Metadata mismatch",
               "The metadata read back from the written file differ from what was to be written."},
    ProblemRow{ErrorCode::kProcessingTimeout, 504, "Processing timeout",
               "The picture took longer than the server allows."},
    ProblemRow{ErrorCode::kUrlNotAllowed, 422, "URL not allowed",
               "The image's URL has a scheme, port or address that is not fetched."},
    ProblemRow{ErrorCode::kUrlFetchFailed, 422, "URL could not be fetched", "No image could be had from the URL."},
};

[[nodiscard]] const ProblemRow& problem_row(ErrorCode code);

/// RFC 9457 object: type, title, status, detail, code, requestId (when given), errors (when there are), error.
[[nodiscard]] Json problem_json(const Error& error, std::string_view request_id);
/// Without a request id: for events, exports and jobs, where the failure belongs to an image. Fits domain::ProblemOf.
[[nodiscard]] Json problem_of(const Error& error);

}  // namespace pictor::http
