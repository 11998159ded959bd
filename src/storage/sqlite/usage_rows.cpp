#include "storage/sqlite/usage_rows.hpp"

namespace pictor::storage {

using domain::AccountId;
using UsageRow = domain::Ledger::UsageRow;

void count_usage(Connection& connection, const AccountId& account, const UsageRow& row) {
  connection
      .prepare(
          "INSERT INTO usage_days (account, day, key, operation, images, credits, bytes_in, bytes_out) VALUES (?, ?, "
          "?, ?, ?, ?, ?, ?) ON CONFLICT (account, day, key, operation) DO UPDATE SET images = images + "
          "excluded.images, credits = credits + excluded.credits, bytes_in = bytes_in + excluded.bytes_in, bytes_out = "
          "bytes_out + excluded.bytes_out")
      .bind(account.str())
      .bind(row.day)
      .bind(row.key_id)
      .bind(row.operation)
      .bind(row.images)
      .bind(row.credits)
      .bind(row.bytes_in)
      .bind(row.bytes_out)
      .run();
}

std::vector<UsageRow> read_usage(Connection& connection, const AccountId& account, const std::string& from,
                                 const std::string& to) {
  Statement row = connection.prepare(
      "SELECT day, key, operation, images, credits, bytes_in, bytes_out FROM usage_days WHERE account = ? AND day >= ? "
      "AND day <= ? ORDER BY day, key, operation");
  row.bind(account.str()).bind(from).bind(to.empty() ? std::string_view("~") : std::string_view(to));
  std::vector<UsageRow> rows;
  while (row.step()) {
    rows.push_back(
        {row.text(0), row.text(1), row.text(2), row.integer(3), row.integer(4), row.integer(5), row.integer(6)});
  }
  return rows;
}

}  // namespace pictor::storage
