#include "storage/blobs/disk/disk_blob_store.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.hpp"
#include "base/hash.hpp"

namespace pictor::storage {
namespace {

namespace fs = std::filesystem;
using domain::BlobId;
using domain::StoredBlob;

tl::unexpected<Error> fail_errno(const char* what) {
  return fail_internal(std::string(what) + ": " + std::strerror(errno));
}

bool is_digest(const std::string& name) {
  return name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string folder_of(const std::string& root, const BlobId& id) {
  return root + "/blobs/" + id.substr(0, 2) + "/" + id.substr(2, 2);
}

bool make_folder(const std::string& path) { return ::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST; }

/// A name is on disk when its folder is.
bool sync_folder(const std::string& path) {
  const UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder.valid() && ::fsync(folder.get()) == 0;
}

std::shared_ptr<void> pin(const std::shared_ptr<DiskBlobStore::Pins>& pins, const BlobId& id) {
  {
    const std::scoped_lock lock(pins->mutex);
    ++pins->counts[id];
    pins->condemned.erase(id);
  }
  return {nullptr, [pins, id](void*) {
            const std::scoped_lock lock(pins->mutex);
            if (--pins->counts[id] > 0) {
              return;
            }
            pins->counts.erase(id);
            if (const auto passing = pins->passing.find(id); passing != pins->passing.end()) {
              ::unlink(passing->second.c_str());
              pins->pending.erase(passing->second);
              pins->passing.erase(passing);
            }
          }};
}

class DiskPendingBlob final : public domain::PendingBlob {
 public:
  DiskPendingBlob(std::string root, std::string path, UniqueFd file, bool passing,
                  std::shared_ptr<DiskBlobStore::Pins> pins)
      : root_(std::move(root)),
        path_(std::move(path)),
        name_(path_),
        file_(std::move(file)),
        passing_(passing),
        pins_(std::move(pins)) {}
  ~DiskPendingBlob() override {
    if (!path_.empty()) {
      ::unlink(path_.c_str());
    }
    if (!left_) {
      const std::scoped_lock lock(pins_->mutex);
      pins_->pending.erase(name_);
    }
  }
  DiskPendingBlob(const DiskPendingBlob&) = delete;
  DiskPendingBlob& operator=(const DiskPendingBlob&) = delete;

  Result<void> write(std::span<const std::uint8_t> bytes) override {
    hash_.update(bytes);
    hashed_ += static_cast<std::int64_t>(bytes.size());
    while (!bytes.empty()) {
      const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) {
        continue;
      }
      if (written <= 0) {
        return fail_errno("writing a blob");
      }
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
  }

  [[nodiscard]] int descriptor() const override { return file_.get(); }

  Result<StoredBlob> commit() override {
    struct stat status{};
    if (::fstat(file_.get(), &status) != 0) {
      return fail_errno("a pending blob");
    }
    // Somebody else wrote it by the descriptor: hash what is there.
    const BlobId id = hashed_ == status.st_size ? hex_encode(hash_.finish()) : sha256_hex_of_file(file_.get());
    if (id.empty()) {
      return fail_errno("hashing a blob");
    }
    StoredBlob stored{id, status.st_size, pin(pins_, id)};
    const Result<void> placed = passing_ ? leave_in_place(id) : move_to_its_name(id);
    return placed ? Result<StoredBlob>(std::move(stored)) : fail(placed.error());
  }

 private:
  /// To be called with `id` pinned: then an equal one that is there stays for as long as this one's pin.
  Result<void> leave_in_place(const BlobId& id) {
    const std::scoped_lock lock(pins_->mutex);
    if (pins_->passing.try_emplace(id, path_).second) {
      path_.clear();
      left_ = true;
    }
    return {};
  }

  Result<void> move_to_its_name(const BlobId& id) {
    const std::string outer = root_ + "/blobs/" + id.substr(0, 2);
    const std::string folder = folder_of(root_, id);
    if (!make_folder(outer) || !make_folder(folder)) {
      return fail_errno("making a blob folder");
    }
    // Pinned before it is looked for, so it stays. Bytes that are there already need no second writing.
    const std::string target = folder + "/" + id;
    if (::access(target.c_str(), F_OK) != 0) {
      if (::fsync(file_.get()) != 0) {
        return fail_errno("syncing a blob");
      }
      if (::rename(path_.c_str(), target.c_str()) != 0) {
        return fail_errno("renaming a blob");
      }
      path_.clear();
    }
    // All the way up: each folder may be new, and then its own name is on disk only when its parent is.
    if (!sync_folder(folder) || !sync_folder(outer) || !sync_folder(root_ + "/blobs")) {
      return fail_errno("syncing a blob folder");
    }
    return {};
  }

  std::string root_;
  std::string path_;        ///< empty once it was renamed or belongs to a pin
  const std::string name_;  ///< in `Pins::pending`
  bool left_ = false;       ///< the last pin removes file and name
  UniqueFd file_;
  const bool passing_;
  std::shared_ptr<DiskBlobStore::Pins> pins_;
  Sha256 hash_;
  std::int64_t hashed_ = 0;
};

}  // namespace

DiskBlobStore::DiskBlobStore(std::string folder) : folder_(std::move(folder)), pins_(std::make_shared<Pins>()) {}

Result<std::unique_ptr<DiskBlobStore>> DiskBlobStore::open_folder(const std::string& folder) {
  if (!make_folder(folder) || !make_folder(folder + "/blobs") || !make_folder(folder + "/tmp")) {
    return fail_errno("making the blob folders");
  }
  std::error_code problem;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder + "/tmp", problem)) {
    fs::remove(entry.path(), problem);
  }
  return std::unique_ptr<DiskBlobStore>(new DiskBlobStore(folder));
}

Result<std::unique_ptr<domain::PendingBlob>> DiskBlobStore::begin() { return begin(false); }
Result<std::unique_ptr<domain::PendingBlob>> DiskBlobStore::begin_passing() { return begin(true); }

Result<std::unique_ptr<domain::PendingBlob>> DiskBlobStore::begin(bool passing) {
  std::string path = folder_ + "/tmp/XXXXXX";
  // Made and named under one lock: a sweep never sees it without its owner.
  const std::scoped_lock lock(pins_->mutex);
  UniqueFd file(::mkostemp(path.data(), O_CLOEXEC));
  if (!file.valid()) {
    return fail_errno("making a temporary file");
  }
  pins_->pending.insert(path);
  return std::make_unique<DiskPendingBlob>(folder_, std::move(path), std::move(file), passing, pins_);
}

Result<UniqueFd> DiskBlobStore::open(const BlobId& id) {
  {
    // Under the lock: the file goes with the last pin, and a lasting blob of the same bytes must be found then.
    const std::scoped_lock lock(pins_->mutex);
    if (const auto passing = pins_->passing.find(id); passing != pins_->passing.end()) {
      if (UniqueFd file(::open(passing->second.c_str(), O_RDONLY | O_CLOEXEC)); file.valid()) {
        return file;
      }
    }
  }
  UniqueFd file(is_digest(id) ? ::open((folder_of(folder_, id) + "/" + id).c_str(), O_RDONLY | O_CLOEXEC) : -1);
  if (!file.valid()) {
    return fail_not_found();
  }
  return file;
}

Result<void> DiskBlobStore::remove_unnamed(const BlobId& id, const std::function<bool(const BlobId&)>& is_named) {
  if (!is_digest(id)) {
    return {};
  }
  unlink_unnamed(id, folder_of(folder_, id) + "/" + id, is_named);
  return {};
}

bool DiskBlobStore::unlink_unnamed(const BlobId& id, const std::string& path,
                                   const std::function<bool(const BlobId&)>& is_named) {
  // `is_named` may wait for the database's writer, and who has that may be waiting for our lock: it is asked without.
  // Pins are taken before the rename and lift the sentence, so what becomes named meanwhile stays.
  std::uint64_t sentence = 0;
  {
    const std::scoped_lock lock(pins_->mutex);
    if (pins_->counts.contains(id)) {
      return false;
    }
    sentence = ++pins_->last_sentence;
    pins_->condemned[id] = sentence;
  }
  const bool stays = is_named(id);
  const std::scoped_lock lock(pins_->mutex);
  const auto condemned = pins_->condemned.find(id);
  if (condemned == pins_->condemned.end() || condemned->second != sentence) {
    return false;
  }
  pins_->condemned.erase(condemned);
  return !stays && ::unlink(path.c_str()) == 0;
}

int DiskBlobStore::sweep_temporaries() {
  int removed = 0;
  std::error_code problem;
  for (auto entry = fs::directory_iterator(folder_ + "/tmp", problem); !problem && entry != fs::directory_iterator();
       entry.increment(problem)) {
    const std::scoped_lock lock(pins_->mutex);
    if (!pins_->pending.contains(entry->path().string()) && ::unlink(entry->path().c_str()) == 0) {
      ++removed;
    }
  }
  return removed;
}

Result<int> DiskBlobStore::sweep(const std::function<bool(const BlobId&)>& is_named) {
  int removed = sweep_temporaries();
  std::error_code problem;
  for (auto entry = fs::recursive_directory_iterator(folder_ + "/blobs", problem);
       !problem && entry != fs::recursive_directory_iterator(); entry.increment(problem)) {
    const std::string name = entry->path().filename().string();
    if (is_digest(name) && unlink_unnamed(name, entry->path().string(), is_named)) {
      ++removed;
    }
  }
  return problem ? Result<int>(fail_internal("sweeping blobs: " + problem.message())) : Result<int>(removed);
}

}  // namespace pictor::storage
