#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "domain/ports/account_store.hpp"

namespace pictor::service {

/// Checks API keys. Thread-safe. What was read of a key is kept in memory and used again while the store's version
/// stands, so a change of a key or its account holds on the next request, whichever process made it, and a request
/// that finds its key here reads one counter and writes nothing.
class Authenticator {
 public:
  /// @param pepper  server secret under which keys are hashed
  Authenticator(domain::AccountStore& accounts, const Clock& clock, std::string pepper);
  /// @error kInvalidApiKey (form, checksum or unknown), kKeyInactive, kKeyExpired, kAccountSuspended
  [[nodiscard]] Result<domain::Principal> authenticate(std::string_view key) const;
  /// Writes when keys were used last, all since the call before in one transaction: for every minute, and the end.
  /// @return how many keys
  Result<int> flush_uses();

 private:
  /// A key and its account as they were at `version`.
  struct Checked {
    domain::ApiKey key;
    domain::Principal principal;
    bool suspended = false;
    std::int64_t version = 0;
    mutable std::atomic<std::int64_t> noted_second{0};  ///< of the last use that is in `uses_`
  };

  [[nodiscard]] std::shared_ptr<const Checked> find_kept(const std::string& hash, std::int64_t version) const;
  /// From the store. nullptr: there is no such key.
  [[nodiscard]] Result<std::shared_ptr<const Checked>> read(const std::string& hash, std::int64_t version) const;
  void note_use(const Checked& checked, Timestamp now) const;

  domain::AccountStore& accounts_;
  const Clock& clock_;
  std::string pepper_;
  mutable std::shared_mutex mutex_;
  mutable std::unordered_map<std::string, std::shared_ptr<const Checked>> kept_;  ///< by hash; guarded by mutex_
  mutable std::mutex uses_mutex_;
  mutable std::unordered_map<domain::KeyId, Timestamp> uses_;  ///< not yet written; guarded by uses_mutex_
};

}  // namespace pictor::service
