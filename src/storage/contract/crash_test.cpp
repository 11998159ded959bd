#include <gtest/gtest.h>
#include <map>
#include <random>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/blobs/disk/disk_blob_store.hpp"
#include "storage/testing/rows.hpp"

/// A server that is killed with -9 at any moment: what the next one finds.
namespace pictor::storage {
namespace {

using domain::Image;
using domain::ItemStatus;
using domain::Job;
using domain::JobType;
using domain::Lease;
using domain::Session;
using testing::kMinute;
using testing::kNow;

constexpr int kCrashes = 20;
constexpr int kPictures = 6;

/// One life of a server: stores pictures, starts jobs, and works.
class Life {
 public:
  explicit Life(const std::string& folder)
      : stores_(folder), blobs_(DiskBlobStore::open_folder(folder + "/files").value()) {}

  testing::Stores& stores() { return stores_; }

  void begin() { stores_.jobs.release_all().value(); }
  void start_jobs(const domain::AccountId& account) {
    const Session session = testing::session_of(account);
    std::vector<Image> images;
    std::vector<domain::StoredBlob> pins;
    for (int i = 0; i < kPictures; ++i) {
      Image image = testing::image_of(session, i);
      for (domain::BlobId* blob : {&image.blob, &image.thumbnail}) {
        pins.push_back(put(image.id.str() + std::to_string(pins.size())));
        *blob = pins.back().id;
      }
      images.push_back(image);
    }
    testing::must(stores_.sessions.create(session, images));
    stores_.jobs.create(testing::job_of(session, images), std::nullopt, {}).value();
    Job job = testing::job_of(session, images, JobType::kExport);
    const domain::Export result = testing::export_of(job, images);
    stores_.jobs.create(job, result, {}).value();
  }
  /// @return false when there was nothing to do
  bool work_once() {
    const std::optional<Lease> lease = stores_.jobs.lease_next(kNow, kMinute).value();
    if (!lease) {
      return false;
    }
    testing::must(stores_.jobs.append_progress(*lease, "started", "started"));
    domain::ItemOutcome outcome;
    std::vector<domain::StoredBlob> pins;
    if (lease->job.type == JobType::kAnalyze) {
      outcome = testing::words_outcome("A fox");
    } else {
      outcome = testing::files_outcome({"fox.webp", "fox-480w.webp"});
      for (domain::Variant& variant : outcome.variants) {
        pins.push_back(put(variant.filename + lease->item.image.str()));
        variant.blob = pins.back().id;
      }
    }
    testing::must(stores_.jobs.finish(*lease, outcome, &testing::problem_of, kNow));
    return true;
  }
  void sweep() {
    blobs_->sweep([this](const domain::BlobId& id) { return stores_.sessions.is_blob_named(id); }).value();
  }
  bool has_whole(const domain::BlobId& id) {
    const auto file = blobs_->open(id);
    return file && sha256_hex_of_file(file->get()) == id;
  }

 private:
  domain::StoredBlob put(const std::string& text) {
    auto pending = blobs_->begin().value();
    testing::must(pending->write(as_bytes(text)));
    return pending->commit().value();
  }

  testing::Stores stores_;
  std::unique_ptr<DiskBlobStore> blobs_;
};

/// Works until it is killed.
[[noreturn]] void live_until_killed(const std::string& folder, const domain::AccountId& account) {
  try {
    Life life(folder);
    life.begin();
    for (int round = 0;; ++round) {
      life.start_jobs(account);
      for (int step = 0; step < 2 * kPictures; ++step) {
        life.work_once();
      }
      if (round % 3 == 0) {
        life.sweep();
      }
    }
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "the child failed: %s\n", problem.what());
  }
  ::_exit(1);
}

void check_items(const Job& job) {
  std::map<ItemStatus, int> items;
  for (const domain::JobItem& item : job.items) {
    ++items[item.status];
  }
  EXPECT_EQ(job.processed, items[ItemStatus::kDone]);
  EXPECT_EQ(job.failed, 0);
  EXPECT_EQ(job.total, kPictures);
  EXPECT_EQ(static_cast<int>(job.items.size()), kPictures);
  EXPECT_EQ(domain::is_final(job.status), items[ItemStatus::kQueued] + items[ItemStatus::kRunning] == 0);
}

void check_events(Life& life, const Job& job) {
  std::map<std::string, int> results;
  int completes = 0;
  std::int64_t last = 0;
  std::string last_type;
  const std::vector<domain::JobEvent> events = life.stores().jobs.events(job.id, 0, 10'000).value();
  for (const domain::JobEvent& event : events) {
    EXPECT_EQ(event.id, ++last) << "no gap, no event twice";
    last_type = event.type;
    completes += event.type == "complete";
    if (event.type == "result") {
      ++results[event.body.at("imageId").get<std::string>()];
    }
  }
  EXPECT_EQ(completes, domain::is_final(job.status) ? 1 : 0);
  if (domain::is_final(job.status)) {
    EXPECT_EQ(last_type, "complete");
  }
  EXPECT_EQ(static_cast<int>(results.size()), job.processed);
  for (const auto& [image, times] : results) {
    EXPECT_EQ(times, 1) << image << " was done twice";
  }
}

void check_files(Life& life, const domain::AccountId& account, const Job& job) {
  const std::vector<Image> images = life.stores().sessions.images(account, job.session).value();
  EXPECT_EQ(images.size(), static_cast<std::size_t>(kPictures));
  for (const Image& image : images) {
    EXPECT_TRUE(life.has_whole(image.blob));
    EXPECT_TRUE(life.has_whole(image.thumbnail));
  }
  if (job.export_id.empty()) {
    return;
  }
  const domain::Export result = life.stores().jobs.find_export(account, job.export_id, kNow).value();
  EXPECT_EQ(result.status, domain::name_of(job.status));
  int with_files = 0;
  for (const domain::ExportImage& image : result.images) {
    with_files += !image.variants.empty();
    for (const domain::Variant& variant : image.variants) {
      EXPECT_TRUE(life.has_whole(variant.blob)) << variant.filename;
    }
  }
  EXPECT_EQ(with_files, job.processed) << "no item half written";
}

/// @return how many jobs there are
int check_everything(Life& life, const domain::AccountId& account) {
  {
    auto reader = life.stores().database->reader();
    Statement verdict = reader->prepare("PRAGMA integrity_check");
    EXPECT_TRUE(verdict.step());
    EXPECT_EQ(verdict.text(0), "ok");
    EXPECT_FALSE(reader->prepare("PRAGMA foreign_key_check").step());
  }
  int count = 0;
  domain::PageRequest page{100, ""};
  for (bool more = true; more;) {
    const auto jobs = life.stores().jobs.list(account, {}, page).value();
    for (const Job& listed : jobs.items) {
      const Job job = life.stores().jobs.find(account, listed.id).value();
      check_items(job);
      check_events(life, job);
      check_files(life, account, job);
      ++count;
    }
    more = jobs.next_cursor.has_value();
    page.cursor = jobs.next_cursor.value_or("");
  }
  return count;
}

TEST(Crash, KilledAtAnyMomentTheStoreIsWholeAndWorkGoesOnWhereItWas) {
  const testing::TemporaryFolder folder;
  const domain::AccountId account = domain::AccountId::make(kNow);
  {
    testing::Stores stores(folder.path);
    testing::fund(stores, account);
  }
  std::mt19937 random(::testing::UnitTest::GetInstance()->random_seed());
  std::uniform_int_distribution<int> life_time_us(20'000, 600'000);
  int jobs = 0;
  for (int crash = 0; crash < kCrashes; ++crash) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      live_until_killed(folder.path, account);
    }
    ::usleep(static_cast<useconds_t>(life_time_us(random)));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself";

    Life after(folder.path);
    jobs = check_everything(after, account);
    ASSERT_FALSE(HasFailure()) << "after crash " << crash;
  }
  RecordProperty("jobs", jobs);
  EXPECT_GT(jobs, 0) << "the children never came to work";

  Life last(folder.path);
  last.begin();
  while (last.work_once()) {
  }
  last.sweep();
  EXPECT_GE(check_everything(last, account), jobs);
  const auto counts = last.stores().jobs.counts().value();
  EXPECT_EQ(counts.queued_items + counts.running_items, 0);
}

}  // namespace
}  // namespace pictor::storage
