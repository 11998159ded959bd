#include "storage/sqlite/key_rows.hpp"

namespace pictor::storage {
namespace {

using domain::ApiKey;

std::optional<Timestamp> time_of(const Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(from_unix_ms(row.integer(column)));
}

std::optional<std::int64_t> unix_ms(const std::optional<Timestamp>& time) {
  return time ? std::optional(to_unix_ms(*time)) : std::nullopt;
}

}  // namespace

ApiKey read_key(const Statement& row) {
  ApiKey key;
  key.id = domain::KeyId::trusted(row.text(0));
  key.account = domain::AccountId::trusted(row.text(1));
  key.name = row.text(2);
  key.hash = row.text(3);
  key.last_four = row.text(4);
  key.scopes = static_cast<domain::ScopeSet>(row.integer(5));
  key.active = row.integer(6) != 0;
  key.expires_at = time_of(row, 7);
  key.created_at = from_unix_ms(row.integer(8));
  if (!row.is_null(9)) {
    key.monthly_credit_limit = static_cast<int>(row.integer(9));
  }
  key.last_used_at = time_of(row, 10);
  return key;
}

void insert_key(Connection& connection, const ApiKey& key) {
  connection
      .prepare(
          "INSERT INTO api_keys (id, account, name, hash, last_four, scopes, active, expires_at, created_at, "
          "monthly_credit_limit) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(key.id.str())
      .bind(key.account.str())
      .bind(key.name)
      .bind(key.hash)
      .bind(key.last_four)
      .bind(static_cast<std::int64_t>(key.scopes))
      .bind(key.active)
      .bind(unix_ms(key.expires_at))
      .bind(to_unix_ms(key.created_at))
      .bind(key.monthly_credit_limit)
      .run();
}

void write_key(Connection& connection, const ApiKey& key) {
  connection
      .prepare(
          "UPDATE api_keys SET name = ?, scopes = ?, active = ?, expires_at = ?, monthly_credit_limit = ? WHERE id = ?")
      .bind(key.name)
      .bind(static_cast<std::int64_t>(key.scopes))
      .bind(key.active)
      .bind(unix_ms(key.expires_at))
      .bind(key.monthly_credit_limit)
      .bind(key.id.str())
      .run();
}

std::optional<ApiKey> find_key(Connection& connection, const domain::AccountId& account, const domain::KeyId& key) {
  Statement row = connection.prepare("SELECT " PICTOR_KEY_COLUMNS " FROM api_keys WHERE id = ? AND account = ?");
  return row.bind(key.str()).bind(account.str()).step() ? std::optional(read_key(row)) : std::nullopt;
}

int count_usable(Connection& connection, const domain::AccountId& account, Timestamp now) {
  Statement row = connection.prepare(
      "SELECT count(*) FROM api_keys WHERE account = ? AND active = 1 AND (expires_at IS NULL OR expires_at > ?)");
  row.bind(account.str()).bind(to_unix_ms(now)).step();
  return static_cast<int>(row.integer(0));
}

}  // namespace pictor::storage
