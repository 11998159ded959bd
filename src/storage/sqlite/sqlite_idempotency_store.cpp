#include "storage/sqlite/sqlite_idempotency_store.hpp"

#include "base/json.hpp"

namespace pictor::storage {
namespace {

using domain::IdempotencyKey;
using domain::StoredAnswer;

/// Rows that go in one transaction: others want to write, too.
constexpr int kExpireBatch = 500;

Json json_of_headers(const StoredAnswer& answer) {
  Json headers = Json::array();
  for (const auto& [name, value] : answer.headers) {
    headers.push_back(Json::array({name, value}));
  }
  return headers;
}

StoredAnswer answer_of(const Statement& row) {
  StoredAnswer answer;
  answer.status = static_cast<int>(row.integer(4));
  for (const Json& header : Json::parse(row.text(5))) {
    answer.headers.emplace_back(header.at(0).get<std::string>(), header.at(1).get<std::string>());
  }
  answer.body = row.text(6);
  answer.blob = row.text(7);
  answer.job = row.text(8);
  return answer;
}

/// The row of that key as long as it counts.
std::optional<domain::IdempotencyStore::Begun> find_earlier(Connection& connection, const IdempotencyKey& key,
                                                            const std::string& owner, Timestamp forget_before) {
  Statement row = connection.prepare(
      "SELECT fingerprint, state, owner, created_at, status, headers, body, blob, job FROM idempotent_requests "
      "WHERE account = ? AND key = ?");
  if (!row.bind(key.scope).bind(key.key).step()) {
    return std::nullopt;
  }
  using Begun = domain::IdempotencyStore::Begun;
  using State = domain::IdempotencyStore::State;
  if (row.text(1) != "done") {
    return row.text(2) == owner ? std::optional(Begun{State::kRunning, row.text(0), {}}) : std::nullopt;
  }
  return from_unix_ms(row.integer(3)) >= forget_before ? std::optional(Begun{State::kDone, row.text(0), answer_of(row)})
                                                       : std::nullopt;
}

}  // namespace

Result<domain::IdempotencyStore::Begun> SqliteIdempotencyStore::begin(const IdempotencyKey& key,
                                                                      const std::string& fingerprint,
                                                                      const std::string& owner, Timestamp now,
                                                                      Timestamp forget_before) {
  return guarded([&]() -> Result<Begun> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    if (std::optional<Begun> earlier = find_earlier(*writer, key, owner, forget_before)) {
      // What was read may be of a transaction that is on its way to the disk: committing behind it waits for that.
      transaction.commit();
      return *std::move(earlier);
    }
    writer
        ->prepare(
            "INSERT OR REPLACE INTO idempotent_requests (account, key, fingerprint, state, owner, created_at) VALUES "
            "(?, ?, ?, 'running', ?, ?)")
        .bind(key.scope)
        .bind(key.key)
        .bind(fingerprint)
        .bind(owner)
        .bind(to_unix_ms(now))
        .run();
    transaction.commit();
    return Begun{State::kNew, fingerprint, {}};
  });
}

Result<void> SqliteIdempotencyStore::finish(const IdempotencyKey& key, const std::string& owner,
                                            const StoredAnswer& answer) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    writer
        ->prepare(
            "UPDATE idempotent_requests SET state = 'done', status = ?, headers = ?, body = ?, blob = ?, job = ? WHERE "
            "account = ? AND key = ? AND owner = ? AND state = 'running'")
        .bind(answer.status)
        .bind(dump_json(json_of_headers(answer)))
        .bind(answer.body)
        .bind(answer.blob)
        .bind(answer.job)
        .bind(key.scope)
        .bind(key.key)
        .bind(owner)
        .run();
    if (writer->changes() != 1) {
      return fail_internal("the row of an idempotent request is gone");
    }
    transaction.commit();
    return {};
  });
}

Result<void> SqliteIdempotencyStore::abandon(const IdempotencyKey& key, const std::string& owner) {
  return guarded([&]() -> Result<void> {
    auto writer = database_.writer();
    Transaction transaction(writer);
    writer->prepare("DELETE FROM idempotent_requests WHERE account = ? AND key = ? AND owner = ? AND state = 'running'")
        .bind(key.scope)
        .bind(key.key)
        .bind(owner)
        .run();
    transaction.commit();
    return {};
  });
}

Result<std::vector<domain::BlobId>> SqliteIdempotencyStore::expire(Timestamp before, const std::string& owner) {
  return guarded([&]() -> Result<std::vector<domain::BlobId>> {
    std::vector<domain::BlobId> blobs;
    for (int gone = kExpireBatch; gone == kExpireBatch;) {
      auto writer = database_.writer();
      Transaction transaction(writer);
      gone = 0;
      {
        Statement row = writer->prepare(
            "DELETE FROM idempotent_requests WHERE (account, key) IN (SELECT account, key FROM idempotent_requests "
            "WHERE created_at < ? AND (state = 'done' OR owner <> ?) LIMIT ?) RETURNING blob");
        row.bind(to_unix_ms(before)).bind(owner).bind(kExpireBatch);
        for (; row.step(); ++gone) {
          if (!row.text(0).empty()) {
            blobs.push_back(row.text(0));
          }
        }
      }
      transaction.commit();
    }
    return blobs;
  });
}

}  // namespace pictor::storage
