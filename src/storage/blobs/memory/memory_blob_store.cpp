#include "storage/blobs/memory/memory_blob_store.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.hpp"

namespace pictor::storage {
namespace {

using domain::BlobId;
using domain::StoredBlob;
using Shelf = MemoryBlobStore::Shelf;

tl::unexpected<Error> fail_errno(const char* what) {
  return fail_internal(std::string(what) + ": " + std::strerror(errno));
}

/// To be called with the shelf locked.
std::shared_ptr<void> pin(const std::shared_ptr<Shelf>& shelf, const BlobId& id) {
  ++shelf->pins[id];
  return {nullptr, [shelf, id](void*) {
            const std::scoped_lock lock(shelf->mutex);
            if (--shelf->pins[id] == 0) {
              shelf->pins.erase(id);
              shelf->passing.erase(id);
            }
          }};
}

class MemoryPendingBlob final : public domain::PendingBlob {
 public:
  MemoryPendingBlob(UniqueFd file, bool passing, std::shared_ptr<Shelf> shelf)
      : file_(std::move(file)), passing_(passing), shelf_(std::move(shelf)) {}

  Result<void> write(std::span<const std::uint8_t> bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
      if (written <= 0) {
        return fail_errno("writing a memory blob");
      }
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
  }

  [[nodiscard]] int descriptor() const override { return file_.get(); }

  Result<StoredBlob> commit() override {
    struct stat status{};
    const BlobId id = sha256_hex_of_file(file_.get());
    if (id.empty() || ::fstat(file_.get(), &status) != 0) {
      return fail_errno("a memory blob");
    }
    const std::scoped_lock lock(shelf_->mutex);
    (passing_ ? shelf_->passing : shelf_->files).try_emplace(id, std::move(file_));
    return StoredBlob{id, status.st_size, pin(shelf_, id)};
  }

 private:
  UniqueFd file_;
  const bool passing_;
  std::shared_ptr<Shelf> shelf_;
};

}  // namespace

MemoryBlobStore::MemoryBlobStore() : shelf_(std::make_shared<Shelf>()) {}

Result<std::unique_ptr<domain::PendingBlob>> MemoryBlobStore::begin() { return begin(false); }
Result<std::unique_ptr<domain::PendingBlob>> MemoryBlobStore::begin_passing() { return begin(true); }

Result<std::unique_ptr<domain::PendingBlob>> MemoryBlobStore::begin(bool passing) {
  UniqueFd file(::memfd_create("pictor-blob", MFD_CLOEXEC));
  if (!file.valid()) {
    return fail_errno("making a memory blob");
  }
  return std::make_unique<MemoryPendingBlob>(std::move(file), passing, shelf_);
}

Result<UniqueFd> MemoryBlobStore::open(const BlobId& id) {
  const std::scoped_lock lock(shelf_->mutex);
  auto found = shelf_->passing.find(id);
  if (found == shelf_->passing.end()) {
    found = shelf_->files.find(id);
    if (found == shelf_->files.end()) {
      return fail_not_found();
    }
  }
  // Opened anew, not duplicated: every reader has an offset of its own and can't write.
  UniqueFd file(::open(("/proc/self/fd/" + std::to_string(found->second.get())).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) {
    return fail_errno("opening a memory blob");
  }
  return file;
}

Result<void> MemoryBlobStore::remove_unnamed(const BlobId& id, const std::function<bool(const BlobId&)>& is_named) {
  const std::scoped_lock lock(shelf_->mutex);
  if (!shelf_->pins.contains(id) && !is_named(id)) {
    shelf_->files.erase(id);
  }
  return {};
}

Result<int> MemoryBlobStore::sweep(const std::function<bool(const BlobId&)>& is_named) {
  const std::scoped_lock lock(shelf_->mutex);
  return static_cast<int>(std::erase_if(
      shelf_->files, [&](const auto& entry) { return !shelf_->pins.contains(entry.first) && !is_named(entry.first); }));
}

}  // namespace pictor::storage
