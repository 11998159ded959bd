#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "storage/sqlite/connection.hpp"

namespace pictor::storage {

/// One database file: a single writer connection behind a mutex, beside a pool of readers (WAL: they never wait for
/// it). Thread-safe; safe beside another process on the same file. docs/adr/0004
///
/// Group commit: who commits while others already wait for the writer leaves its savepoint in the open transaction, and
/// the last of them commits for all, so that many small writes share one fsync. Nobody is told "done" before the
/// commit that holds its rows is on disk. docs/adr/0012
class SqliteDatabase {
 public:
  class UnitOfWork;

  /// Opens or makes the file and brings its schema up to date.
  /// @error kInternal  it can't be opened, or a newer program made it
  static Result<std::unique_ptr<SqliteDatabase>> open(const std::string& path);

  /// The writer, this thread's until a Transaction on it commits or this goes. Writes need a Transaction.
  class Writer {
   public:
    explicit Writer(SqliteDatabase& database);
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    Connection* operator->() { return connection_; }
    Connection& operator*() { return *connection_; }

   private:
    friend class Transaction;
    friend class UnitOfWork;
    /// Opens the group's transaction when there is none.
    void join_group();
    /// Waits until the group is on disk, as its last member or behind it. @throw SqliteProblem  it could not be
    void finish_in_group();
    void close_group();

    SqliteDatabase& database_;
    std::unique_lock<std::mutex> lock_;  ///< not held by a writer inside a unit of work
    Connection* connection_;             ///< nullptr once committed
  };
  /// A reader out of the pool; goes back when this goes. Inside a unit of work that has written: its writer.
  class Reader {
   public:
    explicit Reader(SqliteDatabase& database);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    Connection* operator->() { return connection_; }
    Connection& operator*() { return *connection_; }

   private:
    SqliteDatabase& database_;
    std::unique_ptr<Connection> owned_;
    Connection* connection_;
  };

  [[nodiscard]] Writer writer() { return Writer(*this); }
  [[nodiscard]] Reader reader() { return Reader(*this); }
  /// Runs `call` now; inside a unit of work once that is on disk, and not at all when it is rolled back.
  void after_commit(std::function<void()> call);
  /// A reader outside the pool, for who asks the connection itself what changed. @throw SqliteProblem
  [[nodiscard]] std::unique_ptr<Connection> own_reader() const { return std::make_unique<Connection>(path_, false); }

 private:
  /// Transactions that reach the disk together. Members wait on it after they let the writer go.
  struct Group {
    std::mutex mutex;
    std::condition_variable ended;
    bool is_over = false;
    std::string problem;
    int members = 0;  ///< guarded by writer_mutex_
  };

  explicit SqliteDatabase(std::string path);
  void migrate();
  std::unique_ptr<Connection> take_reader();
  void put_reader(std::unique_ptr<Connection> connection);
  void end_group(const std::string& problem);
  [[nodiscard]] UnitOfWork* unit_of_this_thread();

  std::string path_;
  std::mutex writer_mutex_;
  std::atomic<int> waiting_{0};         ///< threads between wanting the writer and having it
  std::unique_ptr<Connection> writer_;  ///< guarded by writer_mutex_
  std::shared_ptr<Group> group_;        ///< guarded by writer_mutex_; null when no transaction is open
  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<Connection>> readers_;
};

/// BEGIN … COMMIT as far as its owner can see; rolled back when it goes uncommitted. Inside it is a savepoint of the
/// group's transaction, or of a unit of work's.
class Transaction {
 public:
  explicit Transaction(SqliteDatabase::Writer& writer);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  /// Returns once it is on disk (inside a unit of work: at once), and lets the writer go. @throw SqliteProblem
  void commit();

 private:
  SqliteDatabase::Writer& writer_;
  bool open_ = true;
};

/// Everything that the stores write on this thread from here on, as one transaction. The writer is taken at the first
/// write and kept until `commit` or the end: do nothing slow in between. One a thread; not to be nested.
class SqliteDatabase::UnitOfWork {
 public:
  explicit UnitOfWork(SqliteDatabase& database);
  /// Rolls back what was not committed.
  ~UnitOfWork();
  UnitOfWork(const UnitOfWork&) = delete;
  UnitOfWork& operator=(const UnitOfWork&) = delete;

  /// Returns once all of it is on disk; then runs what `after_commit` collected. @throw SqliteProblem
  void commit();

 private:
  friend class SqliteDatabase;
  friend class Writer;
  friend class Reader;
  Connection& writing();  ///< takes the writer the first time

  SqliteDatabase& database_;
  std::optional<Writer> writer_;
  bool is_taking_ = false;  ///< the writer is being made for this unit itself
  std::vector<std::function<void()>> calls_;
};

}  // namespace pictor::storage
