#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/encoding.hpp"
#include "base/hash.hpp"
#include "domain/job.hpp"
#include "storage/sqlite/sqlite_account_store.hpp"
#include "storage/sqlite/sqlite_idempotency_store.hpp"
#include "storage/sqlite/sqlite_job_store.hpp"
#include "storage/sqlite/sqlite_ledger.hpp"
#include "storage/sqlite/sqlite_session_store.hpp"
#include "storage/testing/temporary_folder.hpp"

/// Plain rows for the stores' tests, and SQLite stores in a temporary folder.
namespace pictor::storage::testing {

inline const Timestamp kNow = from_unix_ms(1'700'000'000'000);
constexpr milliseconds kDay{86'400'000};
constexpr milliseconds kMinute{60'000};

inline domain::BlobId digest_of(const std::string& text) { return hex_encode(sha256(as_bytes(text))); }

inline domain::Session session_of(const domain::AccountId& account) {
  return {domain::SessionId::make(kNow), account, domain::SessionStatus::kOpen, kNow, kNow + kDay};
}

inline domain::Image image_of(const domain::Session& session, int position, const std::string& filename = "fox.jpg") {
  domain::Image image;
  image.id = domain::ImageId::make(kNow);
  image.session = session.id;
  image.account = session.account;
  image.position = position;
  image.original_filename = filename;
  image.info.width = 640;
  image.info.height = 480;
  image.size = 1'234;
  image.blob = digest_of("blob of " + image.id.str());
  image.thumbnail = digest_of("thumbnail of " + image.id.str());
  image.created_at = kNow;
  return image;
}

inline domain::Metadata words_of(const std::string& alt, const std::string& source = "local") {
  domain::Metadata words;
  words.alt = alt;
  words.filename = "a-fox";
  words.source = source;
  return words;
}

inline domain::Job job_of(const domain::Session& session, const std::vector<domain::Image>& images,
                          domain::JobType type = domain::JobType::kAnalyze) {
  domain::Job job;
  job.id = domain::JobId::make(kNow);
  job.account = session.account;
  job.session = session.id;
  job.type = type;
  job.created_at = kNow;
  for (std::size_t i = 0; i < images.size(); ++i) {
    domain::JobItem item;
    item.image = images[i].id;
    item.position = static_cast<int>(i);
    job.items.push_back(item);
  }
  return job;
}

/// The export of an export job; gives the job its id.
inline domain::Export export_of(domain::Job& job, const std::vector<domain::Image>& images) {
  domain::Export result;
  result.id = domain::ExportId::make(kNow);
  result.account = job.account;
  result.session = job.session;
  result.job = job.id;
  result.created_at = kNow;
  result.expires_at = kNow + kDay;
  for (const domain::Image& image : images) {
    result.images.push_back({image.id, image.original_filename, {}, {}, {}});
  }
  job.export_id = result.id;
  return result;
}

inline domain::Variant variant_of(const std::string& filename) {
  domain::Variant variant;
  variant.filename = filename;
  variant.width = 320;
  variant.height = 240;
  variant.bytes = 99;
  variant.blob = digest_of("variant " + filename);
  return variant;
}

inline domain::ItemOutcome words_outcome(const std::string& alt) {
  domain::ItemOutcome outcome;
  outcome.metadata = words_of(alt);
  return outcome;
}
inline domain::ItemOutcome files_outcome(const std::vector<std::string>& filenames) {
  domain::ItemOutcome outcome;
  for (const std::string& filename : filenames) {
    outcome.variants.push_back(variant_of(filename));
  }
  return outcome;
}
inline domain::ItemOutcome failure(ErrorCode code, const std::string& message) {
  domain::ItemOutcome outcome;
  outcome.status = domain::ItemStatus::kFailed;
  outcome.error = Error{code, message, "private words"};
  return outcome;
}

inline Json problem_of(const Error& error) {
  return {{"code", std::string(error_code_name(error.code))}, {"detail", error.public_message}};
}

/// Ends the test where something that it stands on fails.
inline void must(const Result<void>& result) {
  if (!result) {
    throw std::runtime_error(result.error().public_message + ' ' + result.error().private_message);
  }
}

/// SQLite stores over one file.
struct Stores {
  explicit Stores(const std::string& folder) : database(SqliteDatabase::open(folder + "/pictor.sqlite3").value()) {}

  std::unique_ptr<SqliteDatabase> database;
  SqliteAccountStore accounts{*database};
  SqliteSessionStore sessions{*database};
  SqliteJobStore jobs{*database};
  SqliteLedger ledger{*database};
  SqliteIdempotencyStore idempotency{*database};
};

/// An account without credits, unless it is there.
inline void make_account(domain::AccountStore& accounts, const domain::AccountId& id) {
  if (accounts.find(id).value()) {
    return;
  }
  domain::ApiKey key;
  key.id = domain::KeyId::make(kNow);
  key.account = id;
  key.hash = id.str();
  must(accounts.create({id, "Test", id.str() + "@example.org", "Agency", false, kNow}, key));
}

/// An account with more credits than a test can spend.
inline void fund(Stores& stores, const domain::AccountId& id) {
  make_account(stores.accounts, id);
  stores.ledger.add(id, domain::EntryType::kGrant, 1'000'000, "signup", "", "", kNow).value();
}

/// A store with two accounts, and a session of the first.
class StoresTest {
 public:
  domain::Session open_session(const domain::AccountId& account, const std::vector<std::string>& filenames,
                               std::vector<domain::Image>* images = nullptr) {
    const domain::Session session = session_of(account);
    std::vector<domain::Image> made;
    for (const std::string& filename : filenames) {
      made.push_back(image_of(session, static_cast<int>(made.size()), filename));
    }
    make_account(stores.accounts, account);
    must(stores.sessions.create(session, made));
    if (images != nullptr) {
      *images = made;
    }
    return session;
  }

  TemporaryFolder folder;
  Stores stores{folder.path};
  domain::AccountId ours = domain::AccountId::make(kNow);
  domain::AccountId theirs = domain::AccountId::make(kNow);
};

}  // namespace pictor::storage::testing
