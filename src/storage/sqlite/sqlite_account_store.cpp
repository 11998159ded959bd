#include "storage/sqlite/sqlite_account_store.hpp"

#include <array>

#include "base/encoding.hpp"
#include "base/hash.hpp"

namespace pictor::storage {
namespace {

using domain::Account;
using domain::AccountId;
using domain::ApiKey;

constexpr std::string_view kFindAccount =
    "SELECT id, name, email, plan, suspended, created_at FROM accounts WHERE id = ?";
constexpr std::string_view kListAccounts =
    "SELECT id, name, email, plan, suspended, created_at FROM accounts ORDER BY id";
constexpr std::string_view kFindKey =
    "SELECT id, account, name, hash, last_four, scopes, active, expires_at, created_at FROM api_keys WHERE hash = ?";
constexpr std::string_view kListKeys =
    "SELECT id, account, name, hash, last_four, scopes, active, expires_at, created_at FROM api_keys WHERE account = ? "
    "ORDER BY id";

Account account_of(const Statement& row) {
  return {AccountId::trusted(row.text(0)), row.text(1), row.text(2), row.text(3), row.integer(4) != 0,
          from_unix_ms(row.integer(5))};
}

ApiKey key_of(const Statement& row) {
  ApiKey key;
  key.id = domain::KeyId::trusted(row.text(0));
  key.account = AccountId::trusted(row.text(1));
  key.name = row.text(2);
  key.hash = row.text(3);
  key.last_four = row.text(4);
  key.scopes = static_cast<domain::ScopeSet>(row.integer(5));
  key.active = row.integer(6) != 0;
  if (!row.is_null(7)) {
    key.expires_at = from_unix_ms(row.integer(7));
  }
  key.created_at = from_unix_ms(row.integer(8));
  return key;
}

void insert_key(Connection& connection, const ApiKey& key) {
  const std::optional<std::int64_t> end = key.expires_at ? std::optional(to_unix_ms(*key.expires_at)) : std::nullopt;
  connection
      .prepare(
          "INSERT INTO api_keys (id, account, name, hash, last_four, scopes, active, expires_at, created_at) VALUES "
          "(?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(key.id.str())
      .bind(key.account.str())
      .bind(key.name)
      .bind(key.hash)
      .bind(key.last_four)
      .bind(static_cast<std::int64_t>(key.scopes))
      .bind(key.active)
      .bind(end)
      .bind(to_unix_ms(key.created_at))
      .run();
}

}  // namespace

Result<void> SqliteAccountStore::create(const Account& account, const ApiKey& first_key) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    writer->prepare("INSERT INTO accounts (id, name, email, plan, suspended, created_at) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(account.id.str())
        .bind(account.name)
        .bind(account.email)
        .bind(account.plan)
        .bind(account.suspended)
        .bind(to_unix_ms(account.created_at))
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

Result<void> SqliteAccountStore::create_key(const ApiKey& key) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    insert_key(*writer, key);
    transaction.commit();
    return {};
  });
}

Result<std::optional<ApiKey>> SqliteAccountStore::find_key_by_hash(const std::string& hash) {
  return guarded([&]() -> Result<std::optional<ApiKey>> {
    auto reader = database_.reader();
    Statement row = reader->prepare(kFindKey);
    return row.bind(hash).step() ? std::optional(key_of(row)) : std::nullopt;
  });
}

Result<std::vector<ApiKey>> SqliteAccountStore::list_keys(const AccountId& account) {
  return guarded([&]() -> Result<std::vector<ApiKey>> {
    auto reader = database_.reader();
    Statement row = reader->prepare(kListKeys);
    row.bind(account.str());
    std::vector<ApiKey> keys;
    while (row.step()) {
      keys.push_back(key_of(row));
    }
    return keys;
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
