#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/error.hpp"
#include "base/unique_fd.hpp"
#include "domain/session.hpp"

namespace pictor::domain {

/// A committed blob that the sweeper leaves alone while this object lives: hold it until a row names the blob.
struct StoredBlob {
  BlobId id;              ///< SHA-256, hexadecimal
  std::int64_t size = 0;  ///< bytes
  std::shared_ptr<void> pin;
};

/// A blob being written, under a temporary name; gone when destroyed before it is committed. One thread at a time.
class PendingBlob {
 public:
  virtual ~PendingBlob() = default;
  /// Appends and hashes.
  virtual Result<void> write(std::span<const std::uint8_t> bytes) = 0;
  /// The open temporary file, read and write: handed to a child that writes the whole file itself (then `write` is not
  /// used, and commit hashes it).
  [[nodiscard]] virtual int descriptor() const = 0;
  /// fsync, rename to the name of its hash (a passing one: neither). Equal content that is there already is kept.
  virtual Result<StoredBlob> commit() = 0;
};

/// Content-addressed files. Thread-safe.
class BlobStore {
 public:
  virtual ~BlobStore() = default;
  virtual Result<std::unique_ptr<PendingBlob>> begin() = 0;
  /// One that serves a single request: committed without fsync, found by `open` while its pin lives, and gone with it.
  /// No row may name it.
  virtual Result<std::unique_ptr<PendingBlob>> begin_passing() = 0;
  /// A descriptor for reading, position 0. @error kNotFound
  virtual Result<UniqueFd> open(const BlobId& id) = 0;
  /// Removes one if it is not pinned, `is_named(id)` is false, and it was not pinned meanwhile. `is_named` may wait for
  /// the database.
  virtual Result<void> remove_unnamed(const BlobId& id, const std::function<bool(const BlobId&)>& is_named) = 0;
  /// Removes every blob that is neither pinned nor named, and stale temporary files. @return how many went
  virtual Result<int> sweep(const std::function<bool(const BlobId&)>& is_named) = 0;
};

}  // namespace pictor::domain
