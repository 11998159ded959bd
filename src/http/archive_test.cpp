#include "http/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <cstdlib>
#include <gtest/gtest.h>
#include <unistd.h>

namespace pictor::http {
namespace {

UniqueFd file_with(const std::string& bytes) {
  char pattern[] = "/tmp/pictor-archive-XXXXXX";
  UniqueFd file(::mkstemp(pattern));
  ::unlink(pattern);
  EXPECT_EQ(::pwrite(file.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  return file;
}

TEST(Zip, StreamedArchiveReadsBackWithForeignNames) {
  const std::string large(3'000'000, 'z');
  std::vector<ArchiveFile> files;
  files.push_back({"füchse im schnee.webp", 5, [] { return Result<UniqueFd>(file_with("small")); }});
  files.push_back(
      {"large.jpg", static_cast<std::int64_t>(large.size()), [&large] { return Result<UniqueFd>(file_with(large)); }});
  const auto source = make_zip_source(std::move(files), from_unix_ms(1'700'000'000'000));
  std::string zip;
  while (true) {
    const Result<std::string> piece = source->next();
    ASSERT_TRUE(piece);
    if (piece->empty()) {
      break;
    }
    EXPECT_LT(piece->size(), 1'000'000U);
    zip += *piece;
  }
  EXPECT_LT(zip.size(), large.size() + 1'000);

  struct archive* reader = archive_read_new();
  archive_read_support_format_zip(reader);
  archive_read_set_options(reader, "zip:hdrcharset=UTF-8");
  ASSERT_EQ(archive_read_open_memory(reader, zip.data(), zip.size()), ARCHIVE_OK);
  archive_entry* entry = nullptr;
  ASSERT_GE(archive_read_next_header(reader, &entry), ARCHIVE_WARN);
  // The name as it stands in the bytes, whatever locale the reader has, and the flag that says it is UTF-8.
  EXPECT_NE(zip.find("füchse im schnee.webp"), std::string::npos);
  EXPECT_EQ(static_cast<unsigned char>(zip[7]) & 0x08, 0x08);
  ASSERT_EQ(archive_read_next_header(reader, &entry), ARCHIVE_OK);
  EXPECT_STREQ(archive_entry_pathname(entry), "large.jpg");
  std::string back(large.size() + 1, '\0');
  EXPECT_EQ(archive_read_data(reader, back.data(), back.size()), static_cast<la_ssize_t>(large.size()));
  archive_read_free(reader);
}

TEST(Zip, AFileThatIsGoneBreaksTheTransfer) {
  std::vector<ArchiveFile> files;
  files.push_back({"gone.jpg", 5, []() -> Result<UniqueFd> { return fail_not_found(); }});
  EXPECT_FALSE(make_zip_source(std::move(files), from_unix_ms(0))->next());
}

}  // namespace
}  // namespace pictor::http
