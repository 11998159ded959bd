#include "storage/sqlite/sqlite_session_store.hpp"

#include <algorithm>
#include <set>

#include "storage/sqlite/account_removal.hpp"
#include "storage/sqlite/image_rows.hpp"
#include "storage/sqlite/ledger_rows.hpp"
#include "storage/sqlite/webhook_rows.hpp"

namespace pictor::storage {
namespace {

using domain::AccountId;
using domain::BlobId;
using domain::Image;
using domain::ImageId;
using domain::Session;
using domain::SessionId;
using domain::SessionStatus;

constexpr std::string_view kFindSession =
    "SELECT id, account, status, created_at, expires_at FROM sessions WHERE id = ? AND account = ?";
constexpr std::string_view kListSessions =
    "SELECT id, account, status, created_at, expires_at FROM sessions WHERE account = ? AND id < ? ORDER BY id DESC "
    "LIMIT ?";
constexpr std::string_view kImagesOfSession =
    "SELECT " PICTOR_IMAGE_COLUMNS " FROM images WHERE session = ? AND account = ? ORDER BY position";
constexpr std::string_view kImage =
    "SELECT " PICTOR_IMAGE_COLUMNS " FROM images WHERE id = ? AND session = ? AND account = ?";
/// Sorts after every id.
constexpr std::string_view kNoCursor = "~";

Session session_of(const Statement& row) {
  return {SessionId::trusted(row.text(0)), AccountId::trusted(row.text(1)),
          row.text(2) == "open" ? SessionStatus::kOpen : SessionStatus::kExpired, from_unix_ms(row.integer(3)),
          from_unix_ms(row.integer(4))};
}

Result<Session> find_session(Connection& connection, const AccountId& account, const SessionId& id) {
  Statement row = connection.prepare(kFindSession);
  if (!row.bind(id.str()).bind(account.str()).step()) {
    return fail_not_found();
  }
  return session_of(row);
}

Result<Image> find_image(Connection& connection, const AccountId& account, const SessionId& session,
                         const ImageId& id) {
  Statement row = connection.prepare(kImage);
  if (!row.bind(id.str()).bind(session.str()).bind(account.str()).step()) {
    return fail_not_found();
  }
  return read_image(row);
}

void collect(Statement& rows, std::set<BlobId>& blobs) {
  while (rows.step()) {
    blobs.insert(rows.text(0));
    blobs.insert(rows.text(1));
  }
}

/// Uploads, thumbnails and exported files of a session.
std::vector<BlobId> blobs_of_session(Connection& connection, const SessionId& id) {
  std::set<BlobId> blobs;
  Statement images = connection.prepare("SELECT blob, thumbnail FROM images WHERE session = ?");
  collect(images.bind(id.str()), blobs);
  Statement variants =
      connection.prepare("SELECT blob, '' FROM variants WHERE export IN (SELECT id FROM exports WHERE session = ?)");
  collect(variants.bind(id.str()), blobs);
  blobs.erase("");
  return {blobs.begin(), blobs.end()};
}

/// Jobs that go unfinished give back what they hold.
void release_holds_of(Connection& connection, const SessionId& id, Timestamp now) {
  std::vector<domain::HoldId> holds;
  {
    Statement row =
        connection.prepare("SELECT hold FROM jobs WHERE session = ? AND hold <> '' AND finished_at IS NULL");
    row.bind(id.str());
    while (row.step()) {
      holds.push_back(domain::HoldId::trusted(row.text(0)));
    }
  }
  for (const domain::HoldId& hold : holds) {
    release_credits(connection, hold, std::nullopt, now);
  }
}

/// As `expire` found it: open, past its end, without a job at work.
bool is_over(Connection& connection, const SessionId& id, Timestamp now) {
  Statement row = connection.prepare(
      "SELECT 1 FROM sessions WHERE id = ? AND status = 'open' AND expires_at <= ? AND NOT EXISTS "
      "(SELECT 1 FROM jobs WHERE jobs.session = sessions.id AND jobs.status IN ('queued', 'running'))");
  return row.bind(id.str()).bind(to_unix_ms(now)).step();
}

/// The files go, the rows stay: reads answer "expired" from now on.
void forget_files(Connection& connection, const SessionId& id) {
  connection.prepare("UPDATE sessions SET status = 'expired' WHERE id = ?").bind(id.str()).run();
  connection.prepare("UPDATE images SET blob = '', thumbnail = '' WHERE session = ?").bind(id.str()).run();
  connection.prepare("DELETE FROM variants WHERE export IN (SELECT id FROM exports WHERE session = ?)")
      .bind(id.str())
      .run();
}

/// `data` of `session.expired`.
Json expired_json(const Session& session) {
  return {{"sessionId", session.id.str()},
          {"status", "expired"},
          {"createdAt", format_timestamp(session.created_at)},
          {"expiresAt", format_timestamp(session.expires_at)}};
}

}  // namespace

Result<void> SqliteSessionStore::create(const Session& session, const std::vector<Image>& images) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    if (!account_exists(*writer, session.account)) {
      return fail_account_gone();
    }
    writer->prepare("INSERT INTO sessions (id, account, status, created_at, expires_at) VALUES (?, ?, 'open', ?, ?)")
        .bind(session.id.str())
        .bind(session.account.str())
        .bind(to_unix_ms(session.created_at))
        .bind(to_unix_ms(session.expires_at))
        .run();
    for (const Image& image : images) {
      insert_image(*writer, image);
    }
    transaction.commit();
    return {};
  });
}

Result<void> SqliteSessionStore::add_images(const AccountId& account, const SessionId& session,
                                            std::vector<Image>& images, Timestamp expires_at) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    const Result<Session> found = find_session(*writer, account, session);
    if (!found) {
      return fail(found.error());
    }
    if (found->status == SessionStatus::kExpired) {
      return fail({ErrorCode::kSessionExpired, "This session has ended; its files are gone. Upload the images again."});
    }
    int position = 0;
    {
      Statement last = writer->prepare("SELECT coalesce(max(position) + 1, 0) FROM images WHERE session = ?");
      last.bind(session.str()).step();
      position = static_cast<int>(last.integer(0));
    }
    for (Image& image : images) {
      image.position = position++;
      insert_image(*writer, image);
    }
    writer->prepare("UPDATE sessions SET expires_at = max(expires_at, ?) WHERE id = ?")
        .bind(to_unix_ms(expires_at))
        .bind(session.str())
        .run();
    transaction.commit();
    return {};
  });
}

Result<Session> SqliteSessionStore::find(const AccountId& account, const SessionId& id) {
  return guarded([&]() -> Result<Session> {
    auto reader = database_.reader();
    return find_session(*reader, account, id);
  });
}

Result<domain::Page<Session>> SqliteSessionStore::list(const AccountId& account, const domain::PageRequest& page) {
  return guarded([&]() -> Result<domain::Page<Session>> {
    auto reader = database_.reader();
    Statement row = reader->prepare(kListSessions);
    row.bind(account.str()).bind(page.cursor.empty() ? kNoCursor : std::string_view(page.cursor)).bind(page.limit + 1);
    domain::Page<Session> result;
    while (row.step()) {
      result.items.push_back(session_of(row));
    }
    if (result.items.size() > static_cast<std::size_t>(page.limit)) {
      result.items.pop_back();
      result.next_cursor = result.items.back().id.str();
    }
    return result;
  });
}

Result<void> SqliteSessionStore::touch(const SessionId& id, Timestamp expires_at) {
  return guarded([&]() -> Result<void> {
    // A write and an fsync a read would be dear: the end moves in steps of a minute (or of the hundredth part of a
    // short life).
    static constexpr std::int64_t kStepMs = 60'000;
    {
      auto reader = database_.reader();
      Statement row = reader->prepare("SELECT expires_at, created_at FROM sessions WHERE id = ? AND status = 'open'");
      if (!row.bind(id.str()).step()) {
        return {};
      }
      const std::int64_t life = row.integer(0) - row.integer(1);
      if (to_unix_ms(expires_at) - row.integer(0) < std::min(kStepMs, life / 100)) {
        return {};
      }
    }
    auto writer = database_.writer();
    Transaction transaction(writer);
    writer->prepare("UPDATE sessions SET expires_at = ? WHERE id = ? AND status = 'open' AND expires_at < ?")
        .bind(to_unix_ms(expires_at))
        .bind(id.str())
        .bind(to_unix_ms(expires_at))
        .run();
    transaction.commit();
    return {};
  });
}

Result<std::vector<BlobId>> SqliteSessionStore::remove(const AccountId& account, const SessionId& id) {
  return guarded([&]() -> Result<std::vector<BlobId>> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    if (const Result<Session> found = find_session(*writer, account, id); !found) {
      return fail(found.error());
    }
    std::vector<BlobId> blobs = blobs_of_session(*writer, id);
    release_holds_of(*writer, id, SystemClock().now());
    writer->prepare("DELETE FROM sessions WHERE id = ?").bind(id.str()).run();
    transaction.commit();
    return blobs;
  });
}

Result<std::vector<BlobId>> SqliteSessionStore::expire(Timestamp now) {
  return guarded([&]() -> Result<std::vector<BlobId>> {
    std::vector<Session> over;
    {
      auto reader = database_.reader();
      // A session whose job is still at work lives until that is finished.
      Statement row = reader->prepare(
          "SELECT id, account, status, created_at, expires_at FROM sessions WHERE status = 'open' AND expires_at <= ? "
          "AND NOT EXISTS "
          "(SELECT 1 FROM jobs WHERE jobs.session = sessions.id AND jobs.status IN ('queued', 'running')) LIMIT 1000");
      row.bind(to_unix_ms(now));
      while (row.step()) {
        over.push_back(session_of(row));
      }
    }
    std::vector<BlobId> blobs;
    for (const Session& session : over) {
      auto writer = database_.writer();
      Transaction transaction(writer);
      if (!is_over(*writer, session.id, now)) {
        continue;  // Used meanwhile.
      }
      const std::vector<BlobId> named = blobs_of_session(*writer, session.id);
      forget_files(*writer, session.id);
      enqueue_event(*writer, session.account, "session.expired", session.id.str(), expired_json(session), now);
      transaction.commit();
      blobs.insert(blobs.end(), named.begin(), named.end());
    }
    return blobs;
  });
}

Result<std::vector<Image>> SqliteSessionStore::images(const AccountId& account, const SessionId& session) {
  return guarded([&]() -> Result<std::vector<Image>> {
    auto reader = database_.reader();
    Statement row = reader->prepare(kImagesOfSession);
    row.bind(session.str()).bind(account.str());
    std::vector<Image> images;
    while (row.step()) {
      images.push_back(read_image(row));
    }
    return images;
  });
}

Result<Image> SqliteSessionStore::image(const AccountId& account, const SessionId& session, const ImageId& image) {
  return guarded([&]() -> Result<Image> {
    auto reader = database_.reader();
    return find_image(*reader, account, session, image);
  });
}

Result<std::vector<BlobId>> SqliteSessionStore::remove_image(const AccountId& account, const SessionId& session,
                                                             const ImageId& image) {
  return guarded([&]() -> Result<std::vector<BlobId>> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    const Result<Image> found = find_image(*writer, account, session, image);
    if (!found) {
      return fail(found.error());
    }
    writer->prepare("DELETE FROM images WHERE id = ?").bind(image.str()).run();
    transaction.commit();
    std::vector<BlobId> blobs = {found->blob, found->thumbnail};
    std::erase(blobs, "");
    return blobs;
  });
}

Result<std::vector<Image>> SqliteSessionStore::change_metadata(const AccountId& account, const SessionId& session,
                                                               const std::vector<domain::MetadataChange>& changes,
                                                               Timestamp now) {
  return guarded([&]() -> Result<std::vector<Image>> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    std::vector<Image> images;
    for (const domain::MetadataChange& change : changes) {
      const Result<Image> found = find_image(*writer, account, session, change.image);
      if (!found) {
        return fail(found.error());
      }
      const int present = found->metadata ? found->metadata->version : 0;
      if (change.expected_version && *change.expected_version != present) {
        return fail({ErrorCode::kMetadataChanged, "These words were changed meanwhile (now version " +
                                                      std::to_string(present) +
                                                      "). Read them again, then repeat the edit."});
      }
      domain::Metadata next = change.metadata;
      next.edited_at = now;
      write_metadata(*writer, change.image, std::move(next), change.changed_by, now);
      Result<Image> changed = find_image(*writer, account, session, change.image);
      if (!changed) {
        return fail(changed.error());
      }
      images.push_back(*std::move(changed));
    }
    transaction.commit();
    return images;
  });
}

Result<std::vector<domain::MetadataVersion>> SqliteSessionStore::metadata_versions(const AccountId& account,
                                                                                   const SessionId& session,
                                                                                   const ImageId& image) {
  return guarded([&]() -> Result<std::vector<domain::MetadataVersion>> {
    auto reader = database_.reader();
    if (const Result<Image> found = find_image(*reader, account, session, image); !found) {
      return fail(found.error());
    }
    Statement row = reader->prepare(
        "SELECT version, metadata, changed_by, changed_at FROM metadata_versions WHERE image = ? ORDER BY version");
    row.bind(image.str());
    std::vector<domain::MetadataVersion> versions;
    while (row.step()) {
      Result<domain::Metadata> metadata = domain::metadata_from_json(json_of(row.text(1)));
      if (!metadata) {
        return fail(metadata.error());
      }
      versions.push_back(
          {static_cast<int>(row.integer(0)), *std::move(metadata), row.text(2), from_unix_ms(row.integer(3))});
    }
    return versions;
  });
}

bool SqliteSessionStore::is_blob_named(const BlobId& id) {
  try {
    // By the writer: a reader's snapshot could be older than a row that was just written.
    auto writer = database_.writer();
    Statement row = writer->prepare(
        "SELECT EXISTS (SELECT 1 FROM images WHERE blob = ?1) OR EXISTS (SELECT 1 FROM images WHERE thumbnail = ?1) OR "
        "EXISTS (SELECT 1 FROM variants WHERE blob = ?1) OR "
        "EXISTS (SELECT 1 FROM idempotent_requests WHERE blob = ?1 AND blob <> '')");
    row.bind(id).step();
    return row.integer(0) != 0;
  } catch (const SqliteProblem&) {
    return true;  // When in doubt, a file is kept.
  }
}

}  // namespace pictor::storage
