#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "storage/sqlite/connection.hpp"

namespace pictor::storage {

/// One database file: a single writer connection behind a mutex, beside a pool of readers (WAL: they never wait for
/// it). Thread-safe; safe beside another process on the same file. docs/adr/0004
class SqliteDatabase {
 public:
  /// Opens or makes the file and brings its schema up to date.
  /// @error kInternal  it can't be opened, or a newer program made it
  static Result<std::unique_ptr<SqliteDatabase>> open(const std::string& path);

  /// The writer, locked for as long as this lives.
  class Writer {
   public:
    explicit Writer(SqliteDatabase& database) : lock_(database.writer_mutex_), connection_(*database.writer_) {}
    Connection* operator->() { return &connection_; }
    Connection& operator*() { return connection_; }

   private:
    std::unique_lock<std::mutex> lock_;
    Connection& connection_;
  };
  /// A reader out of the pool; goes back when this goes.
  class Reader {
   public:
    explicit Reader(SqliteDatabase& database) : database_(database), connection_(database.take_reader()) {}
    ~Reader() { database_.put_reader(std::move(connection_)); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    Connection* operator->() { return connection_.get(); }
    Connection& operator*() { return *connection_; }

   private:
    SqliteDatabase& database_;
    std::unique_ptr<Connection> connection_;
  };

  [[nodiscard]] Writer writer() { return Writer(*this); }
  [[nodiscard]] Reader reader() { return Reader(*this); }

 private:
  explicit SqliteDatabase(std::string path);
  void migrate();
  std::unique_ptr<Connection> take_reader();
  void put_reader(std::unique_ptr<Connection> connection);

  std::string path_;
  std::mutex writer_mutex_;
  std::unique_ptr<Connection> writer_;
  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<Connection>> readers_;
};

}  // namespace pictor::storage
