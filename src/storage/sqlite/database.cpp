#include "storage/sqlite/database.hpp"

#include <sys/stat.h>
#include <utility>

#include "storage/migrations/migrations.hpp"

namespace pictor::storage {
namespace {

/// Readers kept ready; more are opened when more threads read at once, and closed again.
constexpr std::size_t kKeptReaders = 8;
/// Transactions that share one fsync at most: bounds how long the first of them waits.
constexpr int kMostInGroup = 64;

thread_local SqliteDatabase::UnitOfWork* unit_here = nullptr;

/// Undoes the innermost savepoint. Where SQLite has rolled all of it back by itself there is none any more.
void undo_savepoint(Connection& connection) {
  if (connection.in_transaction()) {
    connection.execute("ROLLBACK TO part");
    connection.execute("RELEASE part");
  }
}

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
  Writer writer(*this);
  Connection& connection = *writer;
  Transaction transaction(writer);
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

SqliteDatabase::UnitOfWork* SqliteDatabase::unit_of_this_thread() {
  return unit_here != nullptr && &unit_here->database_ == this ? unit_here : nullptr;
}

void SqliteDatabase::after_commit(std::function<void()> call) {
  if (UnitOfWork* unit = unit_of_this_thread(); unit != nullptr && unit->writer_) {
    unit->calls_.push_back(std::move(call));
  } else {
    call();
  }
}

void SqliteDatabase::end_group(const std::string& problem) {
  const std::shared_ptr<Group> group = std::exchange(group_, nullptr);
  {
    const std::scoped_lock lock(group->mutex);
    group->problem = problem;
    group->is_over = true;
  }
  group->ended.notify_all();
}

// ---- Writer ----

SqliteDatabase::Writer::Writer(SqliteDatabase& database) : database_(database), connection_(nullptr) {
  if (UnitOfWork* unit = database.unit_of_this_thread(); unit != nullptr && !unit->is_taking_) {
    connection_ = &unit->writing();
    return;
  }
  ++database.waiting_;
  lock_ = std::unique_lock(database.writer_mutex_);
  --database.waiting_;
  connection_ = database.writer_.get();
}

SqliteDatabase::Writer::~Writer() {
  // Who leaves the writer last ends what waits for its commit. Those who wait for the writer will be later still.
  if (lock_.owns_lock() && database_.group_ && database_.waiting_ == 0) {
    close_group();
  }
}

void SqliteDatabase::Writer::join_group() {
  if (!database_.group_) {
    connection_->execute("BEGIN IMMEDIATE");
    database_.group_ = std::make_shared<Group>();
  }
}

void SqliteDatabase::Writer::close_group() {
  std::string problem;
  try {
    if (connection_->in_transaction()) {
      connection_->execute("COMMIT");
    } else {
      problem = "sqlite: the transaction was rolled back";
    }
  } catch (const SqliteProblem& failure) {
    problem = failure.what();
    try {
      connection_->execute("ROLLBACK");
    } catch (const SqliteProblem&) {
      // SQLite had done it by itself.
    }
  }
  database_.end_group(problem);
}

void SqliteDatabase::Writer::finish_in_group() {
  const std::shared_ptr<Group> group = database_.group_;
  ++group->members;
  if (database_.waiting_ == 0 || group->members >= kMostInGroup) {
    close_group();
  }
  connection_ = nullptr;
  lock_.unlock();
  std::unique_lock waiting(group->mutex);
  group->ended.wait(waiting, [&] { return group->is_over; });
  if (!group->problem.empty()) {
    throw SqliteProblem(group->problem);
  }
}

// ---- Reader ----

SqliteDatabase::Reader::Reader(SqliteDatabase& database) : database_(database), connection_(nullptr) {
  if (UnitOfWork* unit = database.unit_of_this_thread(); unit != nullptr && unit->writer_) {
    connection_ = &unit->writing();
  } else {
    owned_ = database.take_reader();
    connection_ = owned_.get();
  }
}

SqliteDatabase::Reader::~Reader() {
  if (owned_) {
    database_.put_reader(std::move(owned_));
  }
}

// ---- Transaction ----

Transaction::Transaction(SqliteDatabase::Writer& writer) : writer_(writer) {
  if (writer_.lock_.owns_lock()) {
    writer_.join_group();
  }
  writer_->execute("SAVEPOINT part");
}

Transaction::~Transaction() {
  if (!open_) {
    return;
  }
  try {
    undo_savepoint(*writer_);
  } catch (const SqliteProblem&) {
    // Nothing was open any more: SQLite had rolled back by itself. Who ends the group sees it.
  }
}

void Transaction::commit() {
  writer_->execute("RELEASE part");
  open_ = false;
  if (writer_.lock_.owns_lock()) {
    writer_.finish_in_group();
  }
}

// ---- UnitOfWork ----

SqliteDatabase::UnitOfWork::UnitOfWork(SqliteDatabase& database) : database_(database) { unit_here = this; }

SqliteDatabase::UnitOfWork::~UnitOfWork() {
  unit_here = nullptr;
  if (writer_ && writer_->connection_ != nullptr) {
    try {
      undo_savepoint(**writer_);
    } catch (const SqliteProblem&) {
      // As in Transaction.
    }
  }
}

Connection& SqliteDatabase::UnitOfWork::writing() {
  if (!writer_) {
    is_taking_ = true;
    writer_.emplace(database_);
    is_taking_ = false;
    writer_->join_group();
    (*writer_)->execute("SAVEPOINT part");
  }
  return **writer_;
}

void SqliteDatabase::UnitOfWork::commit() {
  unit_here = nullptr;
  if (writer_) {
    (*writer_)->execute("RELEASE part");
    writer_->finish_in_group();
  }
  for (const std::function<void()>& call : std::exchange(calls_, {})) {
    call();
  }
}

}  // namespace pictor::storage
