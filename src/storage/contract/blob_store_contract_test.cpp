#include <array>
#include <atomic>
#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <set>
#include <thread>
#include <unistd.h>
#include <vector>

#include "base/encoding.hpp"
#include "base/hash.hpp"
#include "storage/blobs/disk/disk_blob_store.hpp"
#include "storage/blobs/memory/memory_blob_store.hpp"
#include "storage/testing/temporary_folder.hpp"

/// What every BlobStore promises (domain/ports/blob_store.hpp), asked of each.
namespace pictor::storage {
namespace {

using domain::BlobId;
using domain::StoredBlob;

struct OnDisk {
  testing::TemporaryFolder folder;
  std::unique_ptr<domain::BlobStore> store = DiskBlobStore::open_folder(folder.path + "/files").value();
};
struct InMemory {
  std::unique_ptr<domain::BlobStore> store = std::make_unique<MemoryBlobStore>();
};

std::string text_of(const UniqueFd& file) {
  std::array<char, 4096> buffer{};
  std::string text;
  for (ssize_t count = 0; (count = ::read(file.get(), buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return text;
}

template <class Place>
class BlobStoreContract : public ::testing::Test {
 protected:
  domain::BlobStore& store() { return *place_.store; }
  StoredBlob put(const std::string& text) {
    auto pending = store().begin().value();
    EXPECT_TRUE(pending->write(as_bytes(text)));
    return pending->commit().value();
  }
  StoredBlob put_passing(const std::string& text) {
    auto pending = store().begin_passing().value();
    EXPECT_TRUE(pending->write(as_bytes(text)));
    return pending->commit().value();
  }
  bool has(const BlobId& id) { return store().open(id).has_value(); }
  static bool nothing_is_named(const BlobId& /*id*/) { return false; }

  Place place_;
};
using Places = ::testing::Types<OnDisk, InMemory>;
TYPED_TEST_SUITE(BlobStoreContract, Places);

TYPED_TEST(BlobStoreContract, GivesBackWhatWasWrittenUnderItsDigest) {
  const StoredBlob stored = this->put("a picture");
  EXPECT_EQ(stored.id, hex_encode(sha256(as_bytes("a picture"))));
  EXPECT_EQ(stored.size, 9);
  const UniqueFd first = this->store().open(stored.id).value();
  const UniqueFd second = this->store().open(stored.id).value();
  EXPECT_EQ(text_of(first), "a picture");
  EXPECT_EQ(text_of(second), "a picture") << "each reader starts at 0";
  EXPECT_LT(::write(first.get(), "x", 1), 0) << "readers can't write";
}

TYPED_TEST(BlobStoreContract, HashesAcrossPiecesAndTakesNoBytesAtAll) {
  auto pending = this->store().begin().value();
  ASSERT_TRUE(pending->write(as_bytes("a pic")));
  ASSERT_TRUE(pending->write({}));
  ASSERT_TRUE(pending->write(as_bytes("ture")));
  EXPECT_EQ(pending->commit().value().id, hex_encode(sha256(as_bytes("a picture"))));
  const StoredBlob empty = this->put("");
  EXPECT_EQ(empty.id, hex_encode(sha256({})));
  EXPECT_EQ(empty.size, 0);
  EXPECT_TRUE(this->has(empty.id));
}

TYPED_TEST(BlobStoreContract, HashesWhatAnotherProcessWroteByTheDescriptor) {
  auto pending = this->store().begin().value();
  ASSERT_EQ(::pwrite(pending->descriptor(), "by a child", 10, 0), 10);
  const StoredBlob stored = pending->commit().value();
  EXPECT_EQ(stored.id, hex_encode(sha256(as_bytes("by a child"))));
  EXPECT_EQ(stored.size, 10);
  EXPECT_EQ(text_of(this->store().open(stored.id).value()), "by a child");
}

TYPED_TEST(BlobStoreContract, EqualBytesAreOneBlob) {
  const StoredBlob first = this->put("same");
  const UniqueFd open_meanwhile = this->store().open(first.id).value();
  const StoredBlob second = this->put("same");
  EXPECT_EQ(first.id, second.id);
  EXPECT_EQ(text_of(open_meanwhile), "same");
}

TYPED_TEST(BlobStoreContract, WhatIsNotThereOrNoDigestIsNotFound) {
  for (const BlobId& id : {std::string(64, 'a'), std::string(), std::string("../../etc/passwd"), std::string(64, '.'),
                           std::string(64, 'A'), std::string(63, 'a') + "/"}) {
    const auto opened = this->store().open(id);
    ASSERT_FALSE(opened) << id;
    EXPECT_EQ(opened.error().code, ErrorCode::kNotFound);
    EXPECT_TRUE(this->store().remove_unnamed(id, this->nothing_is_named)) << id;
  }
}

TYPED_TEST(BlobStoreContract, APinnedOrNamedBlobIsNotRemoved) {
  StoredBlob stored = this->put("kept");
  const BlobId id = stored.id;
  const auto is_named = [&](const BlobId& asked) { return asked == id; };
  ASSERT_TRUE(this->store().remove_unnamed(id, this->nothing_is_named));
  EXPECT_TRUE(this->has(id)) << "pinned";
  StoredBlob again = this->put("kept");
  stored.pin.reset();
  ASSERT_TRUE(this->store().remove_unnamed(id, this->nothing_is_named));
  EXPECT_TRUE(this->has(id)) << "pinned by the second";
  again.pin.reset();
  ASSERT_TRUE(this->store().remove_unnamed(id, is_named));
  EXPECT_TRUE(this->has(id)) << "named";
  ASSERT_TRUE(this->store().remove_unnamed(id, this->nothing_is_named));
  EXPECT_FALSE(this->has(id));
}

TYPED_TEST(BlobStoreContract, ARemovedBlobStaysReadableForWhoHasItOpen) {
  StoredBlob stored = this->put("being sent");
  const UniqueFd reader = this->store().open(stored.id).value();
  stored.pin.reset();
  ASSERT_TRUE(this->store().remove_unnamed(stored.id, this->nothing_is_named));
  EXPECT_FALSE(this->has(stored.id));
  EXPECT_EQ(text_of(reader), "being sent");
}

TYPED_TEST(BlobStoreContract, SweepRemovesWhatIsNeitherPinnedNorNamedAndCountsIt) {
  const StoredBlob pinned = this->put("pinned");
  const BlobId named = this->put("named").id;
  const BlobId first = this->put("garbage 1").id;
  const BlobId second = this->put("garbage 2").id;
  const auto swept = this->store().sweep([&](const BlobId& id) { return id == named; });
  EXPECT_EQ(swept.value(), 2);
  EXPECT_TRUE(this->has(pinned.id));
  EXPECT_TRUE(this->has(named));
  EXPECT_FALSE(this->has(first));
  EXPECT_FALSE(this->has(second));
  EXPECT_EQ(this->store().sweep([&](const BlobId& id) { return id == named; }).value(), 0);
}

TYPED_TEST(BlobStoreContract, APendingBlobThatIsNotCommittedIsNowhere) {
  {
    auto pending = this->store().begin().value();
    ASSERT_TRUE(pending->write(as_bytes("half")));
  }
  EXPECT_FALSE(this->has(hex_encode(sha256(as_bytes("half")))));
  EXPECT_EQ(this->store().sweep(this->nothing_is_named).value(), 0);
}

TYPED_TEST(BlobStoreContract, APassingBlobIsReadableWhileItIsPinnedAndGoneWithItsLastPin) {
  StoredBlob first = this->put_passing("for one request");
  StoredBlob second = this->put_passing("for one request");
  EXPECT_EQ(first.id, hex_encode(sha256(as_bytes("for one request"))));
  EXPECT_EQ(first.size, 15);
  EXPECT_EQ(this->store().sweep(this->nothing_is_named).value(), 0);
  const UniqueFd reader = this->store().open(first.id).value();
  EXPECT_LT(::write(reader.get(), "x", 1), 0) << "readers can't write";
  first.pin.reset();
  EXPECT_TRUE(this->has(second.id));
  second.pin.reset();
  EXPECT_FALSE(this->has(second.id));
  EXPECT_EQ(text_of(reader), "for one request") << "who has it open reads on";
  EXPECT_EQ(this->store().sweep(this->nothing_is_named).value(), 0) << "nothing is left";
}

TYPED_TEST(BlobStoreContract, APassingBlobLeavesALastingOneOfTheSameBytesAlone) {
  StoredBlob before = this->put_passing("same");
  StoredBlob lasting = this->put("same");
  StoredBlob after = this->put_passing("same");
  before.pin.reset();
  after.pin.reset();
  EXPECT_TRUE(this->has(lasting.id));
  const auto is_named = [&](const BlobId& id) { return id == lasting.id; };
  lasting.pin.reset();
  EXPECT_EQ(this->store().sweep(is_named).value(), 0);
  EXPECT_EQ(text_of(this->store().open(lasting.id).value()), "same");
}

TEST(DiskBlobStore, StaysWhenItIsWrittenAgainWhileTheDatabaseIsAsked) {
  OnDisk place;
  const auto put = [&place] {
    auto pending = place.store->begin().value();
    EXPECT_TRUE(pending->write(as_bytes("same")));
    return pending->commit().value();
  };
  const BlobId id = put().id;
  const auto written_meanwhile = [&](const BlobId&) {
    put();  // and its row is on disk before the pin goes
    return false;
  };
  ASSERT_TRUE(place.store->remove_unnamed(id, written_meanwhile));
  EXPECT_TRUE(place.store->open(id));
  EXPECT_EQ(place.store->sweep(written_meanwhile).value(), 0);
  EXPECT_TRUE(place.store->open(id));
  EXPECT_EQ(place.store->sweep([](const BlobId&) { return false; }).value(), 1);
}

TEST(DiskBlobStore, TakesAndEndsPinsWhileTheDatabaseIsAsked) {
  OnDisk place;
  auto pending = place.store->begin().value();
  ASSERT_TRUE(pending->write(as_bytes("same")));
  const BlobId id = pending->commit().value().id;
  // Somebody in a unit of work has the database's writer, for which `is_named` waits, and uses the store.
  const auto is_named = [&](const BlobId&) {
    std::thread other([&] { EXPECT_TRUE(place.store->begin().value()->commit()); });
    other.join();
    return true;
  };
  ASSERT_TRUE(place.store->remove_unnamed(id, is_named));
  EXPECT_TRUE(place.store->open(id));
}

TYPED_TEST(BlobStoreContract, ABlobThatIsWrittenWhileItIsSweptIsThereWhileItIsPinned) {
  std::atomic<bool> over = false;
  std::thread sweeper([&] {
    while (!over) {
      EXPECT_TRUE(this->store().sweep(this->nothing_is_named));
    }
  });
  std::vector<std::thread> writers;
  std::atomic<int> missing = 0;
  for (int writer = 0; writer < 3; ++writer) {
    writers.emplace_back([&] {
      for (int round = 0; round < 40; ++round) {
        // All writers make the same few blobs, so that one's pin ends while another's begins.
        const std::string text = "round " + std::to_string(round % 4);
        const StoredBlob stored = round % 3 == 0 ? this->put_passing(text) : this->put(text);
        missing += this->has(stored.id) ? 0 : 1;
      }
    });
  }
  for (std::thread& writer : writers) {
    writer.join();
  }
  over = true;
  sweeper.join();
  EXPECT_EQ(missing, 0);
}

TEST(DiskBlobStore, LaysFilesUnderTheirDigestForTheOwnerAlone) {
  const testing::TemporaryFolder folder;
  const auto store = DiskBlobStore::open_folder(folder.path + "/files").value();
  auto pending = store->begin().value();
  ASSERT_TRUE(pending->write(as_bytes("a picture")));
  const BlobId id = pending->commit().value().id;
  const std::filesystem::path file = folder.path + "/files/blobs/" + id.substr(0, 2) + "/" + id.substr(2, 2) + "/" + id;
  ASSERT_TRUE(std::filesystem::exists(file));
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(file).permissions(), perms::owner_read | perms::owner_write);
  EXPECT_EQ(std::filesystem::status(folder.path + "/files/blobs").permissions(), perms::owner_all);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path + "/files/tmp"));
}

TEST(DiskBlobStore, APassingBlobIsNoFileOfTheStoreAndLeavesNone) {
  const testing::TemporaryFolder folder;
  const auto store = DiskBlobStore::open_folder(folder.path).value();
  {
    auto pending = store->begin_passing().value();
    ASSERT_TRUE(pending->write(as_bytes("a picture")));
    const StoredBlob stored = pending->commit().value();
    pending.reset();
    EXPECT_TRUE(store->open(stored.id));
    EXPECT_TRUE(std::filesystem::is_empty(folder.path + "/blobs"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path + "/tmp"));
}

TEST(DiskBlobStore, OpensWhatAnEarlierProcessWroteAndRemovesWhatItLeftHalf) {
  const testing::TemporaryFolder folder;
  BlobId id;
  {
    const auto store = DiskBlobStore::open_folder(folder.path).value();
    auto pending = store->begin().value();
    ASSERT_TRUE(pending->write(as_bytes("whole")));
    id = pending->commit().value().id;
  }
  const UniqueFd half(::open((folder.path + "/tmp/abcdef").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_EQ(::write(half.get(), "half", 4), 4);
  const auto store = DiskBlobStore::open_folder(folder.path).value();
  EXPECT_EQ(text_of(store->open(id).value()), "whole");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path + "/tmp"));
}

TEST(DiskBlobStore, ASweepRemovesStaleTemporariesAndLeavesThoseBeingWritten) {
  const testing::TemporaryFolder folder;
  // As the server names it: with a slash at its end.
  const auto store = DiskBlobStore::open_folder(folder.path + "/").value();
  auto pending = store->begin().value();
  ASSERT_TRUE(pending->write(as_bytes("being written")));
  const std::string stale = folder.path + "/tmp/abcdef";
  const UniqueFd half(::open(stale.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_TRUE(half.valid());
  EXPECT_EQ(store->sweep([](const BlobId&) { return false; }).value(), 1);
  EXPECT_FALSE(std::filesystem::exists(stale));
  const auto stored = pending->commit();
  ASSERT_TRUE(stored);
  EXPECT_EQ(text_of(store->open(stored->id).value()), "being written");
}

TEST(DiskBlobStore, AFolderThatCannotBeMadeIsAFailureWithoutPathsInTheAnswer) {
  const auto store = DiskBlobStore::open_folder("/proc/no-such-place");
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::kInternal);
  EXPECT_EQ(store.error().public_message.find('/'), std::string::npos);
}

}  // namespace
}  // namespace pictor::storage
