#include "base/error.hpp"

#include <array>

namespace pictor {
namespace {

struct CodeName {
  ErrorCode code;
  std::string_view name;
};

constexpr std::array kNames = {
    CodeName{ErrorCode::kInternal, "internal"},
    CodeName{ErrorCode::kCancelled, "cancelled"},
    CodeName{ErrorCode::kOverloaded, "overloaded"},
    CodeName{ErrorCode::kMalformedRequest, "malformed_request"},
    CodeName{ErrorCode::kTooManyImages, "too_many_images"},
    CodeName{ErrorCode::kMethodNotAllowed, "method_not_allowed"},
    CodeName{ErrorCode::kNotAcceptable, "not_acceptable"},
    CodeName{ErrorCode::kRequestTimeout, "request_timeout"},
    CodeName{ErrorCode::kHeadersTooLarge, "headers_too_large"},
    CodeName{ErrorCode::kPayloadTooLarge, "payload_too_large"},
    CodeName{ErrorCode::kRangeNotSatisfiable, "range_not_satisfiable"},
    CodeName{ErrorCode::kPreconditionFailed, "precondition_failed"},
    CodeName{ErrorCode::kMissingApiKey, "missing_api_key"},
    CodeName{ErrorCode::kInvalidApiKey, "invalid_api_key"},
    CodeName{ErrorCode::kKeyExpired, "key_expired"},
    CodeName{ErrorCode::kKeyInactive, "key_inactive"},
    CodeName{ErrorCode::kInsufficientScope, "insufficient_scope"},
    CodeName{ErrorCode::kSignupClosed, "signup_closed"},
    CodeName{ErrorCode::kAccountSuspended, "account_suspended"},
    CodeName{ErrorCode::kKeyLimitReached, "key_limit_reached"},
    CodeName{ErrorCode::kKeyLimitExceeded, "key_limit_exceeded"},
    CodeName{ErrorCode::kInsufficientCredits, "insufficient_credits"},
    CodeName{ErrorCode::kRateLimited, "rate_limited"},
    CodeName{ErrorCode::kNotFound, "not_found"},
    CodeName{ErrorCode::kSessionExpired, "session_expired"},
    CodeName{ErrorCode::kMetadataChanged, "metadata_changed"},
    CodeName{ErrorCode::kInvalidField, "invalid_field"},
    CodeName{ErrorCode::kUnknownField, "unknown_field"},
    CodeName{ErrorCode::kLanguageUnsupported, "language_unsupported"},
    CodeName{ErrorCode::kIdempotencyKeyReused, "idempotency_key_reused"},
    CodeName{ErrorCode::kRequestInProgress, "request_in_progress"},
    CodeName{ErrorCode::kUnsupportedMediaType, "unsupported_media_type"},
    CodeName{ErrorCode::kImageUnreadable, "image_unreadable"},
    CodeName{ErrorCode::kImageTooLarge, "image_too_large"},
    CodeName{ErrorCode::kAnimationTooLong, "animation_too_long"},
    CodeName{ErrorCode::kFormatLimit, "format_limit"},
    CodeName{ErrorCode::kMaxBytesUnreachable, "max_bytes_unreachable"},
    CodeName{ErrorCode::kMetadataMismatch, "metadata_mismatch"},
    CodeName{ErrorCode::kProcessingTimeout, "processing_timeout"},
    CodeName{ErrorCode::kUrlNotAllowed, "url_not_allowed"},
    CodeName{ErrorCode::kUrlFetchFailed, "url_fetch_failed"},
};

}  // namespace

std::string_view error_code_name(ErrorCode code) {
  for (const CodeName& row : kNames) {
    if (row.code == code) {
      return row.name;
    }
  }
  return "internal";
}

ErrorCode error_code_from_name(std::string_view name) {
  for (const CodeName& row : kNames) {
    if (row.name == name) {
      return row.code;
    }
  }
  return ErrorCode::kInternal;
}

}  // namespace pictor
