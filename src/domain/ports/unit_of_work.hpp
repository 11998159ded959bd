#pragma once

#include <memory>

#include "base/error.hpp"

namespace pictor::domain {

/// Everything that stores write on one thread while this lives, as one transaction: nothing of it is there until
/// `commit`, and all of it goes with this object otherwise. From the first write on, everybody else's writes wait: do
/// nothing slow in between, and wait for no other thread. Stays on the thread that began it.
class UnitOfWork {
 public:
  virtual ~UnitOfWork() = default;
  /// Returns once all of it is on disk. @error kInternal  nothing is
  virtual Result<void> commit() = 0;
};

/// Thread-safe.
class UnitsOfWork {
 public:
  virtual ~UnitsOfWork() = default;
  /// One a thread at a time.
  virtual std::unique_ptr<UnitOfWork> begin() = 0;
};

}  // namespace pictor::domain
