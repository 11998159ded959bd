#include <algorithm>
#include <array>

#include "storage/sqlite/sqlite_account_store.hpp"

namespace pictor::storage {
namespace {

/// A time of a column as the API writes it; NULL stays null.
#define PICTOR_TIME(column) "strftime('%Y-%m-%dT%H:%M:%fZ', " column " / 1000.0, 'unixepoch')"
#define PICTOR_PAGE " LIMIT ?2 OFFSET ?3"

struct Section {
  std::string_view name;
  std::string_view sql;  ///< ?1 account, ?2 limit, ?3 offset; one column of JSON
};

/// Hashes, secrets and what a webhook's receiver answered others stay out; everything else of a row is told.
// clang-format off: the rows are read side by side
constexpr std::array kSections = {
    Section{"keys",
            "SELECT json_object('id', id, 'name', name, 'maskedKey', 'sk-…' || last_four, 'active', "
            "json(iif(active, 'true', 'false')), 'monthlyCreditLimit', monthly_credit_limit, "
            "'expiresAt', " PICTOR_TIME("expires_at") ", 'lastUsedAt', " PICTOR_TIME("last_used_at") ", "
            "'createdAt', " PICTOR_TIME("created_at") ") FROM api_keys WHERE account = ?1 ORDER BY id" PICTOR_PAGE},
    Section{"sessions",
            "SELECT json_object('sessionId', id, 'status', status, 'createdAt', " PICTOR_TIME("created_at") ", "
            "'expiresAt', " PICTOR_TIME("expires_at") ") FROM sessions WHERE account = ?1 ORDER BY id" PICTOR_PAGE},
    Section{"images",
            "SELECT json_object('id', id, 'sessionId', session, 'originalFilename', original_filename, 'size', size, "
            "'info', json(info), 'metadata', json(metadata), 'warnings', json(warnings), "
            "'createdAt', " PICTOR_TIME("created_at") ") FROM images WHERE account = ?1 ORDER BY id" PICTOR_PAGE},
    Section{"metadataVersions",
            "SELECT json_object('imageId', image, 'version', metadata_versions.version, 'metadata', "
            "json(metadata_versions.metadata), "
            "'changedBy', changed_by, 'changedAt', " PICTOR_TIME("changed_at") ") FROM metadata_versions JOIN images ON "
            "images.id = image WHERE account = ?1 ORDER BY image, metadata_versions.version" PICTOR_PAGE},
    Section{"jobs",
            "SELECT json_object('jobId', id, 'sessionId', session, 'type', type, 'status', status, 'options', "
            "json(options), 'exportId', nullif(export, ''), 'total', total, 'callbackUrl', nullif(callback, ''), "
            "'createdAt', " PICTOR_TIME("created_at") ", 'finishedAt', " PICTOR_TIME("finished_at") ") FROM jobs "
            "WHERE account = ?1 ORDER BY id" PICTOR_PAGE},
    Section{"exports",
            "SELECT json_object('exportId', id, 'sessionId', session, 'jobId', nullif(job, ''), 'status', status, "
            "'settings', json(settings), 'createdAt', " PICTOR_TIME("created_at") ", "
            "'expiresAt', " PICTOR_TIME("expires_at") ") FROM exports WHERE account = ?1 ORDER BY id" PICTOR_PAGE},
    Section{"files",
            "SELECT json_object('exportId', export, 'filename', filename, 'details', json(body)) FROM variants "
            "WHERE export IN (SELECT id FROM exports WHERE account = ?1) ORDER BY export, position, number" PICTOR_PAGE},
    Section{"credits",
            "SELECT json_object('id', id, 'type', type, 'amount', amount, 'captured', captured, 'balanceAfter', "
            "balance_after, 'operation', nullif(operation, ''), 'keyId', nullif(key, ''), 'jobId', nullif(job, ''), "
            "'reason', nullif(reason, ''), 'createdAt', " PICTOR_TIME("created_at") ") FROM credit_entries "
            "WHERE account = ?1 ORDER BY id" PICTOR_PAGE},
    Section{"usage",
            "SELECT json_object('day', day, 'keyId', nullif(key, ''), 'operation', operation, 'images', images, "
            "'credits', credits, 'bytesIn', bytes_in, 'bytesOut', bytes_out) FROM usage_days WHERE account = ?1 "
            "ORDER BY day, key, operation" PICTOR_PAGE},
    Section{"webhooks",
            "SELECT json_object('id', id, 'url', url, 'description', description, 'events', json(events), 'active', "
            "json(iif(active, 'true', 'false')), 'createdAt', " PICTOR_TIME("created_at") ") FROM webhooks "
            "WHERE account = ?1 ORDER BY id" PICTOR_PAGE},
    Section{"deliveries",
            "SELECT json_object('id', id, 'webhookId', nullif(webhook, ''), 'url', url, 'type', type, 'payload', "
            "json(payload), 'status', status, 'attempts', attempts, 'answerStatus', answer_status, "
            "'createdAt', " PICTOR_TIME("created_at") ") FROM deliveries WHERE account = ?1 ORDER BY id" PICTOR_PAGE},
    Section{"idempotencyKeys",
            "SELECT json_object('key', key, 'status', nullif(status, 0), 'createdAt', " PICTOR_TIME("created_at") ") "
            "FROM idempotent_requests WHERE account = ?1 ORDER BY key" PICTOR_PAGE},
};
// clang-format on

}  // namespace

std::vector<std::string> SqliteAccountStore::export_sections() const {
  std::vector<std::string> names;
  for (const Section& section : kSections) {
    names.emplace_back(section.name);
  }
  return names;
}

Result<domain::ExportedRows> SqliteAccountStore::export_rows(const domain::AccountId& account,
                                                             const std::string& section, int offset, int limit) {
  return guarded([&]() -> Result<domain::ExportedRows> {
    const auto found =
        std::find_if(kSections.begin(), kSections.end(), [&](const Section& row) { return row.name == section; });
    if (found == kSections.end()) {
      return fail_not_found();
    }
    auto reader = database_.reader();
    Statement row = reader->prepare(found->sql);
    row.bind(account.str()).bind(limit + 1).bind(offset);
    domain::ExportedRows result;
    while (row.step()) {
      result.rows.push_back(row.text(0));
    }
    if (result.rows.size() > static_cast<std::size_t>(limit)) {
      result.rows.pop_back();
      result.is_last = false;
    }
    return result;
  });
}

}  // namespace pictor::storage
