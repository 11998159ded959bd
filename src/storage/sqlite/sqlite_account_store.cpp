#include "storage/sqlite/sqlite_account_store.hpp"

#include <array>

#include "base/encoding.hpp"
#include "base/hash.hpp"
#include "storage/sqlite/account_removal.hpp"
#include "storage/sqlite/key_rows.hpp"

namespace pictor::storage {
namespace {

using domain::Account;
using domain::AccountId;
using domain::ApiKey;
using domain::KeyId;

#define PICTOR_ACCOUNT_COLUMNS "id, name, email, plan, suspended, created_at, resets_at, is_operator"
constexpr std::string_view kFindAccount = "SELECT " PICTOR_ACCOUNT_COLUMNS " FROM accounts WHERE id = ?";
constexpr std::string_view kPageOfAccounts =
    "SELECT " PICTOR_ACCOUNT_COLUMNS
    " FROM accounts WHERE id < ?1 AND (?2 IS NULL OR plan = ?2) AND (?3 IS NULL OR suspended = ?3) AND "
    "(?4 IS NULL OR email = ?4 COLLATE NOCASE) ORDER BY id DESC LIMIT ?5";
constexpr std::string_view kListAccounts = "SELECT " PICTOR_ACCOUNT_COLUMNS " FROM accounts ORDER BY id";

Account account_of(const Statement& row) {
  Account account{AccountId::trusted(row.text(0)), row.text(1), row.text(2), row.text(3), row.integer(4) != 0,
                  from_unix_ms(row.integer(5))};
  if (!row.is_null(6)) {
    account.resets_at = from_unix_ms(row.integer(6));
  }
  account.is_operator = row.integer(7) != 0;
  return account;
}

tl::unexpected<Error> fail_key_limit(int most) {
  return fail({ErrorCode::kKeyLimitReached, "The plan allows " + std::to_string(most) +
                                                " keys that work. Switch one off or delete it, or change the plan."});
}

bool is_usable(const ApiKey& key, Timestamp now) { return key.active && (!key.expires_at || *key.expires_at > now); }

}  // namespace

Result<void> SqliteAccountStore::create(const Account& account, const ApiKey& first_key) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    writer
        ->prepare(
            "INSERT INTO accounts (id, name, email, plan, suspended, created_at, is_operator) VALUES (?, ?, ?, ?, ?, "
            "?, ?)")
        .bind(account.id.str())
        .bind(account.name)
        .bind(account.email)
        .bind(account.plan)
        .bind(account.suspended)
        .bind(to_unix_ms(account.created_at))
        .bind(account.is_operator)
        .run();
    insert_key(*writer, first_key);
    transaction.commit();
    return {};
  });
}

Result<std::optional<Account>> SqliteAccountStore::find(const AccountId& id) {
  return guarded([&]() -> Result<std::optional<Account>> {
    auto reader = database_.reader();
    Statement row = reader->prepare(kFindAccount);
    return row.bind(id.str()).step() ? std::optional(account_of(row)) : std::nullopt;
  });
}

Result<std::vector<Account>> SqliteAccountStore::list() {
  return guarded([&]() -> Result<std::vector<Account>> {
    auto reader = database_.reader();
    Statement row = reader->prepare(kListAccounts);
    std::vector<Account> accounts;
    while (row.step()) {
      accounts.push_back(account_of(row));
    }
    return accounts;
  });
}

Result<domain::Page<Account>> SqliteAccountStore::page(const domain::AccountFilter& filter,
                                                       const domain::PageRequest& page) {
  return guarded([&]() -> Result<domain::Page<Account>> {
    auto reader = database_.reader();
    Statement row = reader->prepare(kPageOfAccounts);
    row.bind(page.cursor.empty() ? std::string_view("~") : std::string_view(page.cursor))
        .bind(filter.plan)
        .bind(filter.suspended)
        .bind(filter.email)
        .bind(page.limit + 1);
    domain::Page<Account> result;
    while (row.step()) {
      result.items.push_back(account_of(row));
    }
    if (result.items.size() > static_cast<std::size_t>(page.limit)) {
      result.items.pop_back();
      result.next_cursor = result.items.back().id.str();
    }
    return result;
  });
}

Result<Account> SqliteAccountStore::change(const AccountId& id, const domain::AccountChange& change) {
  return guarded([&]() -> Result<Account> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    writer->prepare("UPDATE accounts SET plan = coalesce(?, plan), suspended = coalesce(?, suspended) WHERE id = ?")
        .bind(change.plan)
        .bind(change.suspended)
        .bind(id.str())
        .run();
    std::optional<Account> changed;
    {
      Statement row = writer->prepare(kFindAccount);
      if (row.bind(id.str()).step()) {
        changed = account_of(row);
      }
    }
    if (!changed) {
      return fail_not_found();
    }
    transaction.commit();
    return *changed;
  });
}

Result<void> SqliteAccountStore::remove(const AccountId& id, Timestamp now) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    if (!remove_account(*writer, id, now)) {
      return fail_not_found();
    }
    transaction.commit();
    return {};
  });
}

Result<std::vector<domain::BlobId>> SqliteAccountStore::doomed_blobs(int limit) {
  return guarded([&]() -> Result<std::vector<domain::BlobId>> {
    auto reader = database_.reader();
    Statement row = reader->prepare("SELECT blob FROM doomed_blobs LIMIT ?");
    row.bind(limit);
    std::vector<domain::BlobId> blobs;
    while (row.step()) {
      blobs.push_back(row.text(0));
    }
    return blobs;
  });
}

Result<void> SqliteAccountStore::forget_doomed(const std::vector<domain::BlobId>& blobs) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    for (const domain::BlobId& blob : blobs) {
      writer->prepare("DELETE FROM doomed_blobs WHERE blob = ?").bind(blob).run();
    }
    transaction.commit();
    return {};
  });
}

Result<void> SqliteAccountStore::create_key(const ApiKey& key) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    insert_key(*writer, key);
    transaction.commit();
    return {};
  });
}

Result<void> SqliteAccountStore::create_key_within(const ApiKey& key, int most, Timestamp now) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    if (count_usable(*writer, key.account, now) >= most) {
      return fail_key_limit(most);
    }
    insert_key(*writer, key);
    transaction.commit();
    return {};
  });
}

Result<std::optional<ApiKey>> SqliteAccountStore::find_key_by_hash(const std::string& hash) {
  return guarded([&]() -> Result<std::optional<ApiKey>> {
    auto reader = database_.reader();
    Statement row = reader->prepare("SELECT " PICTOR_KEY_COLUMNS " FROM api_keys WHERE hash = ?");
    return row.bind(hash).step() ? std::optional(read_key(row)) : std::nullopt;
  });
}

Result<std::vector<ApiKey>> SqliteAccountStore::list_keys(const AccountId& account) {
  return guarded([&]() -> Result<std::vector<ApiKey>> {
    auto reader = database_.reader();
    Statement row = reader->prepare("SELECT " PICTOR_KEY_COLUMNS " FROM api_keys WHERE account = ? ORDER BY id");
    row.bind(account.str());
    std::vector<ApiKey> keys;
    while (row.step()) {
      keys.push_back(read_key(row));
    }
    return keys;
  });
}

Result<int> SqliteAccountStore::count_usable_keys(const AccountId& account, Timestamp now) {
  return guarded([&]() -> Result<int> {
    auto reader = database_.reader();
    return count_usable(*reader, account, now);
  });
}

Result<ApiKey> SqliteAccountStore::change_key(const AccountId& account, const KeyId& id,
                                              const domain::KeyChange& change, int most, Timestamp now) {
  return guarded([&]() -> Result<ApiKey> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    std::optional<ApiKey> key = find_key(*writer, account, id);
    if (!key) {
      return fail_not_found();
    }
    const bool was_usable = is_usable(*key, now);
    key->name = change.name.value_or(key->name);
    key->active = change.active.value_or(key->active);
    key->scopes = change.scopes.value_or(key->scopes);
    key->monthly_credit_limit = change.monthly_credit_limit.value_or(key->monthly_credit_limit);
    key->expires_at = change.expires_at.value_or(key->expires_at);
    if (!was_usable && is_usable(*key, now) && count_usable(*writer, account, now) >= most) {
      return fail_key_limit(most);
    }
    write_key(*writer, *key);
    transaction.commit();
    return *key;
  });
}

Result<void> SqliteAccountStore::remove_key(const AccountId& account, const KeyId& key) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    if (!find_key(*writer, account, key)) {
      return fail_not_found();
    }
    writer->prepare("DELETE FROM api_keys WHERE id = ?").bind(key.str()).run();
    transaction.commit();
    return {};
  });
}

Result<void> SqliteAccountStore::rotate_key(const AccountId& account, const KeyId& id, const ApiKey& successor,
                                            Timestamp end, int most, Timestamp now) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    std::optional<ApiKey> old = find_key(*writer, account, id);
    if (!old) {
      return fail_not_found();
    }
    const int allowed = is_usable(*old, now) ? 2 * most : most;
    if (count_usable(*writer, account, now) >= allowed) {
      return fail_key_limit(most);
    }
    if (!old->expires_at || *old->expires_at > end) {
      old->expires_at = end;
      write_key(*writer, *old);
    }
    insert_key(*writer, successor);
    // The month's limit is the key's holder's: a rotation does not start it anew.
    writer
        ->prepare("INSERT INTO key_months (key, month, credits) SELECT ?, month, credits FROM key_months WHERE key = ?")
        .bind(successor.id.str())
        .bind(id.str())
        .run();
    transaction.commit();
    return {};
  });
}

Result<void> SqliteAccountStore::mark_used(const std::vector<std::pair<KeyId, Timestamp>>& uses) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    for (const auto& [key, time] : uses) {
      writer->prepare("UPDATE api_keys SET last_used_at = max(coalesce(last_used_at, 0), ?) WHERE id = ?")
          .bind(to_unix_ms(time))
          .bind(key.str())
          .run();
    }
    transaction.commit();
    return {};
  });
}

Result<std::int64_t> SqliteAccountStore::version() {
  return guarded([&]() -> Result<std::int64_t> {
    const std::scoped_lock lock(watch_mutex_);
    if (watch_ == nullptr) {
      watch_ = database_.own_reader();
    }
    // Changes when any other connection, of this process or another, has written anything: then the row is read.
    std::int64_t counter = 0;
    {
      Statement row = watch_->prepare("PRAGMA data_version");
      row.step();
      counter = row.integer(0);
    }
    if (counter != seen_counter_) {
      Statement row = watch_->prepare("SELECT version FROM access_version");
      row.step();
      version_ = row.integer(0);
      seen_counter_ = counter;
    }
    return version_;
  });
}

Result<std::string> SqliteAccountStore::secret(const std::string& name) {
  return guarded([&]() -> Result<std::string> {
    std::array<std::uint8_t, 32> random{};
    fill_random(random);
    auto writer = database_.writer();
    Transaction transaction(writer);
    // Whoever comes first makes it; everybody reads the same.
    writer->prepare("INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING")
        .bind(name)
        .bind(hex_encode(random))
        .run();
    std::string stored;
    {
      Statement row = writer->prepare("SELECT value FROM secrets WHERE name = ?");
      row.bind(name).step();
      stored = row.text(0);
    }
    transaction.commit();
    const std::optional<Bytes> bytes = hex_decode(stored);
    return bytes ? std::string(bytes->begin(), bytes->end()) : std::string();
  });
}

}  // namespace pictor::storage
