#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/error.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace pictor::storage {

/// Thrown inside this folder only; `guarded` turns it into an Error at the stores' borders.
class SqliteProblem : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Runs `body`, which returns a Result; an SqliteProblem, or what a library throws at a damaged row (JSON of another
/// shape), becomes kInternal with the cause for the log.
template <class Body>
auto guarded(Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::exception& problem) {
    return fail_internal(problem.what());
  }
}

/// A prepared statement, bound from 1 and stepped; reset when it goes, kept by its connection for the next use.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}
  ~Statement();
  Statement(Statement&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)), bound_(other.bound_) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  Statement& operator=(Statement&&) = delete;

  /// Binds the next parameter.
  Statement& bind(std::string_view text);
  Statement& bind(std::int64_t number);
  Statement& bind(int number) { return bind(static_cast<std::int64_t>(number)); }
  Statement& bind(bool flag) { return bind(static_cast<std::int64_t>(flag)); }
  Statement& bind_null();
  template <class T>
  Statement& bind(const std::optional<T>& value) {
    return value ? bind(*value) : bind_null();
  }

  /// True while there is a row. @throw SqliteProblem
  bool step();
  /// Steps to the end.
  void run();
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  sqlite3_stmt* handle_;
  int bound_ = 0;
};

/// One connection with its cache of prepared statements. One thread at a time.
class Connection {
 public:
  /// @throw SqliteProblem
  Connection(const std::string& path, bool writable);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// @param sql  with static life time: it is the cache's key
  [[nodiscard]] Statement prepare(std::string_view sql);
  void execute(const std::string& sql);
  /// False after an error that made SQLite roll the whole transaction back (disk full, I/O error), too.
  [[nodiscard]] bool in_transaction() const;
  /// Rows that the last statement changed.
  [[nodiscard]] std::int64_t changes() const;

 private:
  /// Owns the handle from here on: the destructor closes it also when the rest of the construction throws.
  explicit Connection(sqlite3* opened) : handle_(opened) {}

  sqlite3* handle_ = nullptr;
  std::map<std::string_view, sqlite3_stmt*> statements_;
};

}  // namespace pictor::storage
