#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "domain/account.hpp"
#include "domain/ports/session_store.hpp"

namespace pictor::domain {

/// What is to become of a key; what is not set stays. An inner nullopt takes the limit or the end away.
struct KeyChange {
  std::optional<std::string> name = std::nullopt;
  std::optional<bool> active = std::nullopt;
  std::optional<ScopeSet> scopes = std::nullopt;
  std::optional<std::optional<int>> monthly_credit_limit = std::nullopt;
  std::optional<std::optional<Timestamp>> expires_at = std::nullopt;
};

/// What is to become of an account; what is not set stays.
struct AccountChange {
  std::optional<std::string> plan = std::nullopt;
  std::optional<bool> suspended = std::nullopt;
};

/// Which accounts a list shows; what is not set leaves none out.
struct AccountFilter {
  std::optional<std::string> plan = std::nullopt;
  std::optional<bool> suspended = std::nullopt;
  std::optional<std::string> email = std::nullopt;  ///< the whole address, in any case
};

/// A piece of one section of an account's export: JSON objects as text, in a fixed order.
struct ExportedRows {
  std::vector<std::string> rows;
  bool is_last = true;
};

/// Accounts and their keys. Thread-safe; safe beside another process on the same database. A key is usable while it is
/// active and its end has not come; that is what a plan's number counts.
class AccountStore {
 public:
  virtual ~AccountStore() = default;
  /// Both in one transaction: an account never stands without its first key.
  virtual Result<void> create(const Account& account, const ApiKey& first_key) = 0;
  virtual Result<std::optional<Account>> find(const AccountId& id) = 0;
  virtual Result<std::vector<Account>> list() = 0;
  /// Newest first.
  virtual Result<Page<Account>> page(const AccountFilter& filter, const PageRequest& page) = 0;
  /// @error kNotFound
  virtual Result<Account> change(const AccountId& id, const AccountChange& change) = 0;
  /// Keys, sessions with all that hangs on them, results, webhooks, deliveries and kept answers go at once, and the
  /// account; the ledger and the usage keep their amounts under the account's id, without keys and reasons. Open holds
  /// are given back first. The files that only it named are doomed. @error kNotFound
  virtual Result<void> remove(const AccountId& id, Timestamp now) = 0;
  /// Files of accounts that are gone, still to be removed: at most `limit`.
  virtual Result<std::vector<BlobId>> doomed_blobs(int limit) = 0;
  /// They were removed, or found to be named elsewhere.
  virtual Result<void> forget_doomed(const std::vector<BlobId>& blobs) = 0;

  virtual Result<void> create_key(const ApiKey& key) = 0;
  /// The same while the account has fewer than `most` usable keys, counted in the same transaction.
  /// @error kKeyLimitReached
  virtual Result<void> create_key_within(const ApiKey& key, int most, Timestamp now) = 0;
  virtual Result<std::optional<ApiKey>> find_key_by_hash(const std::string& hash) = 0;
  virtual Result<std::vector<ApiKey>> list_keys(const AccountId& account) = 0;
  virtual Result<int> count_usable_keys(const AccountId& account, Timestamp now) = 0;
  /// @error kNotFound, kKeyLimitReached  it would be usable again past `most`
  virtual Result<ApiKey> change_key(const AccountId& account, const KeyId& key, const KeyChange& change, int most,
                                    Timestamp now) = 0;
  /// @error kNotFound
  virtual Result<void> remove_key(const AccountId& account, const KeyId& key) = 0;
  /// Adds `successor` and ends `key` at `end`, or earlier where it ends earlier; what the old one spent this month
  /// counts for the new one. A usable key's successor may go past `most` while both work, up to twice as many.
  /// @error kNotFound, kKeyLimitReached
  virtual Result<void> rotate_key(const AccountId& account, const KeyId& key, const ApiKey& successor, Timestamp end,
                                  int most, Timestamp now) = 0;
  /// When keys were used last; never set back.
  virtual Result<void> mark_used(const std::vector<std::pair<KeyId, Timestamp>>& uses) = 0;

  /// Grows whenever what a request may do changed: a key or an account was changed or removed, by any process. Cheap.
  virtual Result<std::int64_t> version() = 0;

  /// Names of the sections of an account's export, in their order.
  [[nodiscard]] virtual std::vector<std::string> export_sections() const = 0;
  /// Up to `limit` rows of one section from `offset` on: all that is stored of the account but secrets and files.
  virtual Result<ExportedRows> export_rows(const AccountId& account, const std::string& section, int offset,
                                           int limit) = 0;

  /// Named secrets of the server (link signing), made on first use: 32 random bytes, the same for every process on this
  /// database.
  virtual Result<std::string> secret(const std::string& name) = 0;
};

}  // namespace pictor::domain
