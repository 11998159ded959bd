#pragma once

#include <functional>

#include "http/api.hpp"

/// `Idempotency-Key` on POST (api.md section 1; draft-ietf-httpapi-idempotency-key-header). Keys on other methods are
/// ignored.
namespace pictor::http {

/// Judged before the body is read. @error kInvalidField  the key is not 1 to 255 printable ASCII characters
[[nodiscard]] Result<void> check_idempotency_key(const Request& request);
/// True for a POST with a key.
[[nodiscard]] bool is_idempotent(const Request& request);
/// Hexadecimal digest of what is asked for: method, path, query, and the body: its bytes, or of an upload its fields
/// and its files' names and digests. How the body was framed (boundaries, names of the file parts) does not count.
[[nodiscard]] std::string fingerprint_of(const Request& request);

/// Runs the handler for the first request of a key, and stores its answer in the transaction of its effects; gives that
/// answer to those who come later. An answer of 400 and above is not kept: its effects are rolled back, and the client
/// may try again.
/// @param run  the handler, with its failures as problems
[[nodiscard]] Response answer_once(Request& request, const Endpoint& endpoint, Api& api,
                                   const std::function<Response()>& run);

}  // namespace pictor::http
