#include "storage/sqlite/account_removal.hpp"
#include "storage/sqlite/export_rows.hpp"
#include "storage/sqlite/sqlite_job_store.hpp"

/// SqliteJobStore's exports: made with a job or alone, found, listed, ended.
namespace pictor::storage {

using domain::AccountId;

Result<void> SqliteJobStore::create_export(const domain::Export& result) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    if (!account_exists(*writer, result.account)) {
      return fail_account_gone();
    }
    insert_export(*writer, result);
    transaction.commit();
    return {};
  });
}

Result<domain::Export> SqliteJobStore::find_export(const AccountId& account, const domain::ExportId& id,
                                                   Timestamp now) {
  Result<domain::Export> found = find_export_for_link(id, now);
  const bool is_known = found.has_value() || found.error().code == ErrorCode::kSessionExpired;
  if (!is_known) {
    return found;
  }
  return guarded([&]() -> Result<domain::Export> {
    auto reader = database_.reader();
    Statement row = reader->prepare("SELECT 1 FROM exports WHERE id = ? AND account = ?");
    return row.bind(id.str()).bind(account.str()).step() ? found : fail_not_found();
  });
}

Result<domain::Export> SqliteJobStore::find_export_for_link(const domain::ExportId& id, Timestamp now) {
  return guarded([&]() -> Result<domain::Export> {
    auto reader = database_.reader();
    return read_export(*reader, id, now);
  });
}

Result<domain::Page<domain::Export>> SqliteJobStore::list_exports(const AccountId& account,
                                                                  const std::optional<domain::SessionId>& session,
                                                                  const domain::PageRequest& page) {
  return guarded([&]() -> Result<domain::Page<domain::Export>> {
    auto reader = database_.reader();
    std::vector<domain::ExportId> ids;
    {
      Statement row = reader->prepare(
          "SELECT id FROM exports WHERE account = ? AND (? = '' OR session = ?) AND id < ? ORDER BY id DESC LIMIT ?");
      const std::string wanted = session ? session->str() : "";
      row.bind(account.str())
          .bind(wanted)
          .bind(wanted)
          .bind(page.cursor.empty() ? std::string_view("~") : std::string_view(page.cursor))
          .bind(page.limit + 1);
      while (row.step()) {
        ids.push_back(domain::ExportId::trusted(row.text(0)));
      }
    }
    domain::Page<domain::Export> result;
    if (ids.size() > static_cast<std::size_t>(page.limit)) {
      ids.pop_back();
      result.next_cursor = ids.back().str();
    }
    for (const domain::ExportId& id : ids) {
      // The lists show exports of ended sessions, too: those have no files any more.
      Result<domain::Export> found = read_export(*reader, id, Timestamp());
      if (found) {
        result.items.push_back(*std::move(found));
      }
    }
    return result;
  });
}

Result<std::vector<domain::BlobId>> SqliteJobStore::expire_exports(Timestamp now) {
  return guarded([&]() -> Result<std::vector<domain::BlobId>> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    std::vector<domain::BlobId> blobs;
    {
      Statement row = writer->prepare(
          "SELECT v.blob FROM variants v JOIN exports e ON e.id = v.export WHERE e.session IS NULL AND e.expires_at <= "
          "?");
      row.bind(to_unix_ms(now));
      while (row.step()) {
        blobs.push_back(row.text(0));
      }
    }
    writer->prepare("DELETE FROM exports WHERE session IS NULL AND expires_at <= ?").bind(to_unix_ms(now)).run();
    transaction.commit();
    return blobs;
  });
}

}  // namespace pictor::storage
