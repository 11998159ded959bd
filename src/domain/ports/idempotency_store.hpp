#pragma once

#include <string>
#include <utility>
#include <vector>

#include "domain/session.hpp"

namespace pictor::domain {

/// What a client calls one request: the key is unique within its scope.
struct IdempotencyKey {
  std::string scope;  ///< the account's id; for sign-up, where the request came from
  std::string key;    ///< 1 to 255 printable ASCII characters
};

/// An answer that can be given again.
struct StoredAnswer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  ///< sealed: it may hold a key that is shown once
  BlobId blob;       ///< the body is this file; named by the row, so it stays as long
  std::string job;   ///< id of the job that was started: `body` is its 202 form
};

/// The requests that came with an Idempotency-Key, and their answers. Thread-safe.
class IdempotencyStore {
 public:
  virtual ~IdempotencyStore() = default;

  enum class State {
    kNew,      ///< the caller's to run: a row says so
    kRunning,  ///< this process runs it already
    kDone
  };
  struct Begun {
    State state = State::kNew;
    std::string fingerprint;  ///< of the request that came first
    StoredAnswer answer;      ///< of kDone
  };
  /// One transaction of its own: of many callers with one key, exactly one gets kNew. Rows made before `forget_before`
  /// count as gone, and so do rows that another process left running: their effect was in the transaction that would
  /// have ended them, so there was none.
  /// @param owner  names this start of this process
  virtual Result<Begun> begin(const IdempotencyKey& key, const std::string& fingerprint, const std::string& owner,
                              Timestamp now, Timestamp forget_before) = 0;
  /// The answer, in the caller's unit of work. @error kInternal  the row is not the caller's any more: roll back
  virtual Result<void> finish(const IdempotencyKey& key, const std::string& owner, const StoredAnswer& answer) = 0;
  /// Forgets a request that had no effect, so that it can be tried again.
  virtual Result<void> abandon(const IdempotencyKey& key, const std::string& owner) = 0;
  /// Removes what is older, but for what `owner` still runs. @return the blobs that were named
  virtual Result<std::vector<BlobId>> expire(Timestamp before, const std::string& owner) = 0;
};

}  // namespace pictor::domain
