#include "app/data_folder.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/encoding.hpp"
#include "base/hash.hpp"

namespace pictor::app {
namespace {

tl::unexpected<Error> fail_here(const std::string& what) {
  return fail(
      {ErrorCode::kInvalidField, what + ": " + std::strerror(errno) + ". Set `data` to a folder that can be written."});
}

/// Whole, or not at all: a name that appears has its content.
Result<void> write_secret_file(const std::string& path, const std::string& text) {
  std::string temporary = path + ".XXXXXX";
  const UniqueFd file(mkostemp(temporary.data(), O_CLOEXEC));
  const bool written = file.valid() && fchmod(file.get(), 0600) == 0 &&
                       ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       fsync(file.get()) == 0;
  // link() fails where the name is there already: of two processes that start at once, one secret wins.
  if (!written || (::link(temporary.c_str(), path.c_str()) != 0 && errno != EEXIST)) {
    ::unlink(temporary.c_str());
    return fail_here(path + " can't be written");
  }
  ::unlink(temporary.c_str());
  return {};
}

Result<std::string> read_line(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 256> buffer{};
  const ssize_t got = file.valid() ? ::read(file.get(), buffer.data(), buffer.size()) : -1;
  if (got < 0) {
    return fail_here(path + " can't be read");
  }
  std::string text(buffer.data(), static_cast<std::size_t>(got));
  while (text.ends_with('\n')) {
    text.pop_back();
  }
  return text;
}

}  // namespace

Result<DataFolder> DataFolder::open(const std::string& path) {
  std::error_code problem;
  const std::filesystem::path absolute = std::filesystem::absolute(path, problem);
  if (!std::filesystem::exists(absolute, problem)) {
    std::filesystem::create_directories(absolute.parent_path(), problem);
    if (::mkdir(absolute.c_str(), 0700) != 0 && errno != EEXIST) {
      return fail_here("The data folder " + path + " can't be made");
    }
  }
  if (::access(absolute.c_str(), W_OK | X_OK) != 0) {
    return fail_here("The data folder " + path + " can't be written to");
  }
  return DataFolder(absolute.string());
}

Result<void> DataFolder::lock() {
  lock_.reset(::open(path_of("lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock_.valid()) {
    return fail_here("The data folder can't be locked");
  }
  if (flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail({ErrorCode::kInvalidField,
                 "Another server runs on the data folder " + path_ + ": stop it, or set `data` to another folder."});
  }
  return {};
}

Result<std::string> DataFolder::pepper() const {
  const std::string path = path_of("pepper");
  if (!std::filesystem::exists(path)) {
    Sha256Digest random{};
    fill_random(random);
    if (const Result<void> written = write_secret_file(path, hex_encode(random) + "\n"); !written) {
      return fail(written.error());
    }
  }
  Result<std::string> secret = read_line(path);
  if (secret && secret->size() < 32) {
    return fail({ErrorCode::kInvalidField,
                 path + " is damaged: it must hold at least 32 characters. Restore it, or keys can't be checked."});
  }
  return secret;
}

Result<void> DataFolder::keep_first_key(const std::string& key) const {
  const std::string path = path_of("first-key");
  ::unlink(path.c_str());
  return write_secret_file(path, key);  // the key alone: also for readers that strip nothing
}

std::string DataFolder::path_of(const std::string& name) const { return path_ + "/" + name; }

}  // namespace pictor::app
