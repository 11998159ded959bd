#pragma once

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/secret_box.hpp"
#include "domain/ports/blob_store.hpp"
#include "domain/ports/idempotency_store.hpp"
#include "domain/ports/unit_of_work.hpp"

namespace pictor::service {

/// Requests with an Idempotency-Key: each has its effect once, and its answer stays for those who ask again. Effect and
/// answer are one transaction, so it holds through a crash at any moment. Thread-safe.
class IdempotentRequests {
 public:
  /// @param pepper  answers are encrypted under a key made of it: some hold a secret that is shown once
  /// @param is_named  SessionStore::is_blob_named
  IdempotentRequests(domain::IdempotencyStore& store, domain::UnitsOfWork& units, domain::BlobStore& blobs,
                     std::function<bool(const domain::BlobId&)> is_named, const Clock& clock, const std::string& pepper,
                     milliseconds time_to_live);

  /// A request that is the caller's to run. Goes unfinished: its effects are rolled back and its key is free again.
  /// Stays on one thread.
  class Attempt {
   public:
    Attempt(IdempotentRequests& requests, domain::IdempotencyKey key);
    ~Attempt();
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;

    /// From here on, what stores write on this thread belongs to the request's one transaction, and from the first
    /// write on others' writes wait. A second call changes nothing.
    void begin_effects();
    /// Runs `call` should the attempt end without its effects on disk, once they are rolled back: for what was done
    /// before them and must be undone. From the attempt's thread.
    void when_undone(std::function<void()> call) { undo_.push_back(std::move(call)); }
    /// Effects and answer are on disk when it returns. @error kInternal  neither is
    Result<void> finish(domain::StoredAnswer answer);

   private:
    IdempotentRequests& requests_;
    domain::IdempotencyKey key_;
    std::unique_ptr<domain::UnitOfWork> unit_;
    std::vector<std::function<void()>> undo_;
    bool is_finished_ = false;
  };

  /// @return the caller's to run, or the first answer
  /// @error kIdempotencyKeyReused  another request came under this key; kRequestInProgress  the first still runs
  Result<std::variant<std::unique_ptr<Attempt>, domain::StoredAnswer>> begin(domain::IdempotencyKey key,
                                                                             const std::string& fingerprint);
  /// Forgets what is older than the time to live. @return how many files went with it
  Result<int> expire();

 private:
  domain::IdempotencyStore& store_;
  domain::UnitsOfWork& units_;
  domain::BlobStore& blobs_;
  std::function<bool(const domain::BlobId&)> is_named_;
  const Clock& clock_;
  SecretBox box_;
  milliseconds time_to_live_;
  std::string owner_;  ///< random, of this start of the process
};

}  // namespace pictor::service
