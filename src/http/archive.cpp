#include "http/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <array>
#include <unistd.h>

namespace pictor::http {
namespace {

constexpr std::size_t kPiece = 256U << 10U;

class ZipSource final : public ChunkSource {
 public:
  ZipSource(std::vector<ArchiveFile> files, Timestamp modified)
      : files_(std::move(files)), modified_(modified), archive_(archive_write_new()) {
    archive_write_set_format_zip(archive_);
    archive_write_set_options(archive_, "zip:hdrcharset=UTF-8,zip:compression=store");
    archive_write_set_bytes_per_block(archive_, 0);
    opened_ = archive_write_open2(archive_, this, nullptr, &ZipSource::collect, nullptr, nullptr) == ARCHIVE_OK;
  }
  ~ZipSource() override { archive_write_free(archive_); }
  ZipSource(const ZipSource&) = delete;
  ZipSource& operator=(const ZipSource&) = delete;

  Result<std::string> next() override {
    if (!opened_) {
      return fail_internal("zip: cannot open");
    }
    while (output_.size() < kPiece && !closed_) {
      if (Result<void> advanced = advance(); !advanced) {
        return fail(advanced.error());
      }
    }
    return std::exchange(output_, std::string());
  }

 private:
  static la_ssize_t collect(struct archive* /*archive*/, void* self, const void* bytes, std::size_t size) {
    static_cast<ZipSource*>(self)->output_.append(static_cast<const char*>(bytes), size);
    return static_cast<la_ssize_t>(size);
  }

  /// One step: a file's head, a piece of it, or the end.
  Result<void> advance() {
    if (current_.valid()) {
      return copy_piece();
    }
    if (next_ == files_.size()) {
      closed_ = true;
      return archive_write_close(archive_) == ARCHIVE_OK ? Result<void>() : broken("close");
    }
    return begin_file(files_[next_++]);
  }

  Result<void> begin_file(const ArchiveFile& file) {
    Result<UniqueFd> opened = file.open();
    if (!opened) {
      return fail(opened.error());
    }
    current_ = *std::move(opened);
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname_utf8(entry, file.name.c_str());
    archive_entry_set_size(entry, file.size);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_mtime(entry, to_unix_ms(modified_) / 1000, 0);
    const int result = archive_write_header(archive_, entry);
    archive_entry_free(entry);
    return result == ARCHIVE_OK || result == ARCHIVE_WARN ? Result<void>() : broken("header");
  }

  Result<void> copy_piece() {
    if (buffer_.empty()) {
      buffer_.resize(kPiece);
    }
    const ssize_t count = ::read(current_.get(), buffer_.data(), buffer_.size());
    if (count < 0) {
      return broken("read");
    }
    if (count == 0) {
      current_.reset();
      return archive_write_finish_entry(archive_) == ARCHIVE_OK ? Result<void>() : broken("entry");
    }
    return archive_write_data(archive_, buffer_.data(), static_cast<std::size_t>(count)) == count ? Result<void>()
                                                                                                  : broken("write");
  }

  Result<void> broken(const char* where) {
    const char* reason = archive_error_string(archive_);
    return fail_internal(std::string("zip ") + where + ": " + (reason == nullptr ? "" : reason));
  }

  std::vector<ArchiveFile> files_;
  Timestamp modified_;
  struct archive* archive_;
  bool opened_ = false;
  bool closed_ = false;
  std::size_t next_ = 0;
  UniqueFd current_;
  std::string buffer_;
  std::string output_;
};

}  // namespace

std::unique_ptr<ChunkSource> make_zip_source(std::vector<ArchiveFile> files, Timestamp modified) {
  return std::make_unique<ZipSource>(std::move(files), modified);
}

}  // namespace pictor::http
