#include "storage/sqlite/database.hpp"

#include <sys/stat.h>

#include "storage/migrations/migrations.hpp"

namespace pictor::storage {
namespace {

/// Readers kept ready; more are opened when more threads read at once, and closed again.
constexpr std::size_t kKeptReaders = 8;

}  // namespace

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(const std::string& path) {
  return guarded([&]() -> Result<std::unique_ptr<SqliteDatabase>> {
    std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(path));
    database->migrate();
    return database;
  });
}

SqliteDatabase::SqliteDatabase(std::string path)
    : path_(std::move(path)), writer_(std::make_unique<Connection>(path_, true)) {
  ::chmod(path_.c_str(), 0600);
}

void SqliteDatabase::migrate() {
  Connection& connection = *writer_;
  Transaction transaction(connection);
  std::size_t present = 0;
  {
    Statement version = connection.prepare("PRAGMA user_version");
    version.step();
    present = static_cast<std::size_t>(version.integer(0));
  }
  const auto steps = sqlite_migrations();
  if (present > steps.size()) {
    throw SqliteProblem("the database was made by a newer version of this program (schema " + std::to_string(present) +
                        ", this one knows " + std::to_string(steps.size()) +
                        "): start that version, or restore an older data folder");
  }
  for (std::size_t number = present; number < steps.size(); ++number) {
    connection.execute(std::string(steps[number].sql));
    connection.execute("PRAGMA user_version = " + std::to_string(number + 1));
  }
  transaction.commit();
}

std::unique_ptr<Connection> SqliteDatabase::take_reader() {
  {
    const std::scoped_lock lock(readers_mutex_);
    if (!readers_.empty()) {
      std::unique_ptr<Connection> connection = std::move(readers_.back());
      readers_.pop_back();
      return connection;
    }
  }
  return std::make_unique<Connection>(path_, false);
}

void SqliteDatabase::put_reader(std::unique_ptr<Connection> connection) {
  const std::scoped_lock lock(readers_mutex_);
  if (readers_.size() < kKeptReaders) {
    readers_.push_back(std::move(connection));
  }
}

}  // namespace pictor::storage
