#include "service/idempotent_requests.hpp"

#include "base/hash.hpp"
#include "base/log.hpp"

namespace pictor::service {
namespace {

using domain::IdempotencyKey;
using domain::StoredAnswer;

constexpr std::size_t kOwnerLength = 22;
constexpr int kRetrySeconds = 1;

/// An answer opens only in the row it was stored in.
std::string place_of(const IdempotencyKey& key) { return key.scope + "\n" + key.key; }

}  // namespace

IdempotentRequests::IdempotentRequests(domain::IdempotencyStore& store, domain::UnitsOfWork& units,
                                       domain::BlobStore& blobs, std::function<bool(const domain::BlobId&)> is_named,
                                       const Clock& clock, const std::string& pepper, milliseconds time_to_live)
    : store_(store),
      units_(units),
      blobs_(blobs),
      is_named_(std::move(is_named)),
      clock_(clock),
      box_(pepper, "idempotent answers"),
      time_to_live_(time_to_live),
      owner_(random_base62(kOwnerLength)) {}

Result<std::variant<std::unique_ptr<IdempotentRequests::Attempt>, StoredAnswer>> IdempotentRequests::begin(
    IdempotencyKey key, const std::string& fingerprint) {
  const Timestamp now = clock_.now();
  Result<domain::IdempotencyStore::Begun> begun = store_.begin(key, fingerprint, owner_, now, now - time_to_live_);
  if (!begun) {
    return fail(begun.error());
  }
  if (begun->state == domain::IdempotencyStore::State::kNew) {
    return std::make_unique<Attempt>(*this, std::move(key));
  }
  if (begun->fingerprint != fingerprint) {
    return fail({ErrorCode::kIdempotencyKeyReused,
                 "This Idempotency-Key came before with another request. Use a new key for a new request."});
  }
  if (begun->state == domain::IdempotencyStore::State::kRunning) {
    Error error{ErrorCode::kRequestInProgress,
                "The first request with this Idempotency-Key is still running. Ask again in a moment."};
    error.retry_after_seconds = kRetrySeconds;
    return fail(std::move(error));
  }
  std::optional<std::string> body = box_.open(begun->answer.body, place_of(key));
  if (!body) {
    return fail_internal("a stored answer does not open: was the pepper changed?");
  }
  begun->answer.body = *std::move(body);
  return std::move(begun->answer);
}

Result<int> IdempotentRequests::expire() {
  const Result<std::vector<domain::BlobId>> blobs = store_.expire(clock_.now() - time_to_live_, owner_);
  if (!blobs) {
    return fail(blobs.error());
  }
  for (const domain::BlobId& blob : *blobs) {
    if (const Result<void> removed = blobs_.remove_unnamed(blob, is_named_); !removed) {
      log_warn("a file could not be removed", {{"cause", removed.error().private_message}});
    }
  }
  return static_cast<int>(blobs->size());
}

IdempotentRequests::Attempt::Attempt(IdempotentRequests& requests, IdempotencyKey key)
    : requests_(requests), key_(std::move(key)) {}

IdempotentRequests::Attempt::~Attempt() {
  if (is_finished_) {
    return;
  }
  unit_.reset();
  for (const std::function<void()>& undo : undo_) {
    undo();
  }
  if (const Result<void> forgotten = requests_.store_.abandon(key_, requests_.owner_); !forgotten) {
    // The key answers 409 until the next start takes the row over.
    log_error("an idempotent request could not be given up", {{"cause", forgotten.error().private_message}});
  }
}

void IdempotentRequests::Attempt::begin_effects() {
  if (!unit_) {
    unit_ = requests_.units_.begin();
  }
}

Result<void> IdempotentRequests::Attempt::finish(StoredAnswer answer) {
  begin_effects();
  answer.body = requests_.box_.seal(answer.body, place_of(key_));
  if (Result<void> kept = requests_.store_.finish(key_, requests_.owner_, answer); !kept) {
    return kept;
  }
  if (Result<void> done = unit_->commit(); !done) {
    return done;
  }
  is_finished_ = true;
  unit_.reset();
  return {};
}

}  // namespace pictor::service
