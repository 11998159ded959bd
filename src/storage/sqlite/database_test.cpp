#include "storage/sqlite/database.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

#include "storage/migrations/migrations.hpp"
#include "storage/sqlite/sqlite_session_store.hpp"
#include "storage/testing/rows.hpp"
#include "storage/testing/temporary_folder.hpp"

namespace pictor::storage {
namespace {

class SqliteDatabaseTest : public ::testing::Test {
 protected:
  testing::TemporaryFolder folder_;
  std::string path_ = folder_.path + "/pictor.sqlite3";
};

TEST_F(SqliteDatabaseTest, MakesTheSchemaOnceAndForTheOwnerAlone) {
  for (int open = 0; open < 2; ++open) {
    const auto database = SqliteDatabase::open(path_).value();
    auto reader = database->reader();
    Statement version = reader->prepare("PRAGMA user_version");
    ASSERT_TRUE(version.step());
    EXPECT_EQ(version.integer(0), static_cast<std::int64_t>(sqlite_migrations().size()));
  }
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(path_).permissions(), perms::owner_read | perms::owner_write);
}

TEST_F(SqliteDatabaseTest, RefusesAFileOfANewerProgramAndSaysSo) {
  {
    const auto database = SqliteDatabase::open(path_).value();
    database->writer()->execute("PRAGMA user_version = 1000");
  }
  const auto opened = SqliteDatabase::open(path_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kInternal);
  EXPECT_NE(opened.error().private_message.find("newer version"), std::string::npos);
}

TEST_F(SqliteDatabaseTest, RefusesWhatIsNoDatabaseWithoutTellingThePath) {
  std::ofstream(path_) << std::string(10'000, 'x');
  const auto opened = SqliteDatabase::open(path_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().public_message.find(path_), std::string::npos);
  EXPECT_FALSE(SqliteDatabase::open(folder_.path + "/missing/pictor.sqlite3"));
}

TEST_F(SqliteDatabaseTest, ReadersDoNotWaitForTheWriterAndCannotWrite) {
  const auto database = SqliteDatabase::open(path_).value();
  auto writer = database->writer();
  Transaction transaction(writer);
  writer->prepare("INSERT INTO secrets (name, value) VALUES ('a', 'b')").run();
  auto reader = database->reader();
  Statement row = reader->prepare("SELECT count(*) FROM secrets");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.integer(0), 0) << "not committed yet";
  EXPECT_THROW(reader->execute("INSERT INTO secrets (name, value) VALUES ('c', 'd')"), SqliteProblem);
}

TEST_F(SqliteDatabaseTest, AnUncommittedTransactionLeavesNothing) {
  const auto database = SqliteDatabase::open(path_).value();
  {
    auto writer = database->writer();
    const Transaction transaction(writer);
    writer->prepare("INSERT INTO secrets (name, value) VALUES ('a', 'b')").run();
  }
  auto writer = database->writer();
  EXPECT_FALSE(writer->prepare("SELECT 1 FROM secrets").step());
}

TEST_F(SqliteDatabaseTest, ADamagedRowIsAFailureAndNoException) {
  const auto database = SqliteDatabase::open(path_).value();
  SqliteSessionStore sessions(*database);
  const auto account = domain::AccountId::make(testing::kNow);
  const domain::Session session = testing::session_of(account);
  const domain::Image image = testing::image_of(session, 0);
  SqliteAccountStore accounts(*database);
  testing::make_account(accounts, account);
  testing::must(sessions.create(session, {image}));
  // JSON, but not the list that it should be.
  database->writer()->execute("UPDATE images SET warnings = '{\"a\": 1}'");
  const auto found = sessions.image(account, session.id, image.id);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kInternal);
}

TEST_F(SqliteDatabaseTest, TextKeepsItsBytesAndNullIsNull) {
  const auto database = SqliteDatabase::open(path_).value();
  auto reader = database->reader();
  const std::string odd("a\0b\xF0\x9F\xA6\x8A'; DROP TABLE x", 22);
  Statement row = reader->prepare("SELECT ?, ?, ?");
  ASSERT_TRUE(row.bind(odd).bind(std::string_view()).bind(std::optional<std::string>()).step());
  EXPECT_EQ(row.text(0), odd);
  EXPECT_FALSE(row.is_null(1));
  EXPECT_TRUE(row.is_null(2));
}

}  // namespace
}  // namespace pictor::storage
