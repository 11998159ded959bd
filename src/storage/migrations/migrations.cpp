#include "storage/migrations/migrations.hpp"

#include <array>

namespace pictor::storage {
namespace {

constexpr std::string_view kInitial = R"sql(
CREATE TABLE accounts (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, plan TEXT NOT NULL,
  suspended INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts(id), name TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE, last_four TEXT NOT NULL, scopes INTEGER NOT NULL, active INTEGER NOT NULL,
  expires_at INTEGER, created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX api_keys_by_account ON api_keys(account);

CREATE TABLE secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  id TEXT PRIMARY KEY, account TEXT NOT NULL, status TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_account ON sessions(account, id);
CREATE INDEX sessions_by_end ON sessions(expires_at) WHERE status = 'open';

CREATE TABLE images (
  id TEXT PRIMARY KEY, session TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE, account TEXT NOT NULL,
  position INTEGER NOT NULL, original_filename TEXT NOT NULL, info TEXT NOT NULL, size INTEGER NOT NULL,
  blob TEXT NOT NULL, thumbnail TEXT NOT NULL, analyzed INTEGER NOT NULL DEFAULT 0, exported INTEGER NOT NULL DEFAULT 0,
  metadata TEXT, version INTEGER NOT NULL DEFAULT 0, warnings TEXT NOT NULL, created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX images_by_session ON images(session, position);
CREATE INDEX images_by_blob ON images(blob);
CREATE INDEX images_by_thumbnail ON images(thumbnail);

CREATE TABLE metadata_versions (
  image TEXT NOT NULL REFERENCES images(id) ON DELETE CASCADE, version INTEGER NOT NULL, metadata TEXT NOT NULL,
  changed_by TEXT NOT NULL, changed_at INTEGER NOT NULL, PRIMARY KEY (image, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE exports (
  id TEXT PRIMARY KEY, account TEXT NOT NULL, session TEXT REFERENCES sessions(id) ON DELETE CASCADE, job TEXT,
  sample INTEGER NOT NULL, status TEXT NOT NULL, settings TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX exports_by_account ON exports(account, id);
CREATE INDEX exports_by_session ON exports(session);
CREATE INDEX exports_by_end ON exports(expires_at) WHERE session IS NULL;

-- `image` is '' for a result of /v1/optimize. No reference: an image may be removed, its export stays readable.
CREATE TABLE export_images (
  export TEXT NOT NULL REFERENCES exports(id) ON DELETE CASCADE, position INTEGER NOT NULL, image TEXT NOT NULL,
  original_filename TEXT NOT NULL, warnings TEXT NOT NULL DEFAULT '[]', error TEXT, PRIMARY KEY (export, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE variants (
  export TEXT NOT NULL REFERENCES exports(id) ON DELETE CASCADE, position INTEGER NOT NULL, number INTEGER NOT NULL,
  filename TEXT NOT NULL, blob TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (export, position, number), UNIQUE (export, filename)
) STRICT, WITHOUT ROWID;
CREATE INDEX variants_by_blob ON variants(blob);

CREATE TABLE jobs (
  id TEXT PRIMARY KEY, account TEXT NOT NULL, session TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
  type TEXT NOT NULL, status TEXT NOT NULL, options TEXT NOT NULL, export TEXT, total INTEGER NOT NULL,
  processed INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, skipped INTEGER NOT NULL DEFAULT 0,
  cancel_requested INTEGER NOT NULL DEFAULT 0, last_event INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_by_account ON jobs(account, id);
CREATE INDEX jobs_by_session ON jobs(session);

-- `account` stands here too, so that one index answers "whose turn is it".
CREATE TABLE job_items (
  job TEXT NOT NULL REFERENCES jobs(id) ON DELETE CASCADE, position INTEGER NOT NULL, image TEXT NOT NULL, account TEXT NOT NULL,
  status TEXT NOT NULL, attempt INTEGER NOT NULL DEFAULT 0, lease_token TEXT, lease_until INTEGER,
  settings TEXT, patch TEXT, result TEXT, error TEXT, PRIMARY KEY (job, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_items_open ON job_items(account, job, position) WHERE status IN ('queued', 'running');
CREATE TABLE account_turns (account TEXT PRIMARY KEY, last_turn INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE job_events (
  job TEXT NOT NULL REFERENCES jobs(id) ON DELETE CASCADE, id INTEGER NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (job, id)
) STRICT, WITHOUT ROWID;
)sql";

constexpr std::string_view kAccounts = R"sql(
-- The balance is kept beside the ledger, which is the truth: storage/sqlite/ledger_rows.hpp
ALTER TABLE accounts ADD COLUMN balance INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN periods INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN resets_at INTEGER;
-- Of the allowance's period that runs: the day of the month it began on, what was granted for it, what was spent in it.
ALTER TABLE accounts ADD COLUMN period_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN period_credits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN period_spent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN is_low INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN signing_secret TEXT NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN monthly_credit_limit INTEGER;
ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER;

-- Grows with every change of who may do what, whoever makes it: the cache of checked keys stands on it.
CREATE TABLE access_version (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL) STRICT;
INSERT INTO access_version VALUES (1, 1);
CREATE TRIGGER account_changed AFTER UPDATE OF plan, suspended ON accounts
  BEGIN UPDATE access_version SET version = version + 1; END;
CREATE TRIGGER account_removed AFTER DELETE ON accounts BEGIN UPDATE access_version SET version = version + 1; END;
CREATE TRIGGER key_changed AFTER UPDATE OF hash, scopes, active, expires_at, monthly_credit_limit ON api_keys
  BEGIN UPDATE access_version SET version = version + 1; END;
CREATE TRIGGER key_removed AFTER DELETE ON api_keys BEGIN UPDATE access_version SET version = version + 1; END;
-- Files of accounts that are gone, until they are removed.
CREATE TABLE doomed_blobs (blob TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE TABLE credit_entries (
  id TEXT PRIMARY KEY, account TEXT NOT NULL, type TEXT NOT NULL, amount INTEGER NOT NULL,
  captured INTEGER NOT NULL DEFAULT 0, balance_after INTEGER NOT NULL, operation TEXT NOT NULL, key TEXT NOT NULL,
  job TEXT NOT NULL, reason TEXT NOT NULL, reference TEXT, created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX credit_entries_by_account ON credit_entries(account, id);
CREATE UNIQUE INDEX credit_entries_once ON credit_entries(account, reference) WHERE reference IS NOT NULL;

-- `kind`: job (ends with it), call (ends with its process), reservation (ends by itself)
CREATE TABLE credit_holds (
  id TEXT PRIMARY KEY, account TEXT NOT NULL, key TEXT NOT NULL, operation TEXT NOT NULL, kind TEXT NOT NULL,
  job TEXT NOT NULL, remaining INTEGER NOT NULL CHECK (remaining >= 0), month TEXT NOT NULL, created_at INTEGER NOT NULL,
  expires_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX credit_holds_by_account ON credit_holds(account);
CREATE INDEX credit_holds_by_end ON credit_holds(expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE key_months (
  key TEXT NOT NULL, month TEXT NOT NULL, credits INTEGER NOT NULL, PRIMARY KEY (key, month)
) STRICT, WITHOUT ROWID;
-- What the ledger must know of the configured plans, so that every process judges alike.
CREATE TABLE plan_terms (
  plan TEXT PRIMARY KEY, monthly_credits INTEGER NOT NULL, carries_over INTEGER NOT NULL, low_credits INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE usage_days (
  account TEXT NOT NULL, day TEXT NOT NULL, key TEXT NOT NULL, operation TEXT NOT NULL, images INTEGER NOT NULL,
  credits INTEGER NOT NULL, bytes_in INTEGER NOT NULL, bytes_out INTEGER NOT NULL, PRIMARY KEY (account, day, key, operation)
) STRICT, WITHOUT ROWID;

ALTER TABLE jobs ADD COLUMN key TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN hold TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN charged INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN released INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN callback TEXT NOT NULL DEFAULT '';
-- 0 interactive, 1 batch
ALTER TABLE job_items ADD COLUMN priority INTEGER NOT NULL DEFAULT 1;
DROP INDEX job_items_open;
CREATE INDEX job_items_open ON job_items(account, priority, job, position) WHERE status IN ('queued', 'running');
ALTER TABLE account_turns ADD COLUMN interactive_in_a_row INTEGER NOT NULL DEFAULT 0;
CREATE INDEX account_turns_by_turn ON account_turns(last_turn);
CREATE INDEX jobs_by_end ON jobs(finished_at) WHERE finished_at IS NOT NULL;

-- The answer to a POST with an Idempotency-Key: `state` running, done. `job`: the answer is that job's.
CREATE TABLE idempotent_requests (
  account TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, state TEXT NOT NULL, owner TEXT NOT NULL,
  status INTEGER NOT NULL DEFAULT 0, headers TEXT NOT NULL DEFAULT '[]', body TEXT NOT NULL DEFAULT '',
  blob TEXT NOT NULL DEFAULT '', job TEXT NOT NULL DEFAULT '', created_at INTEGER NOT NULL, PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotent_requests_by_age ON idempotent_requests(created_at);
CREATE INDEX idempotent_requests_by_blob ON idempotent_requests(blob) WHERE blob <> '';

CREATE TABLE webhooks (
  id TEXT PRIMARY KEY, account TEXT NOT NULL, url TEXT NOT NULL, description TEXT NOT NULL, events TEXT NOT NULL,
  active INTEGER NOT NULL, secret TEXT NOT NULL, old_secret TEXT NOT NULL DEFAULT '', old_secret_until INTEGER,
  disabled_reason TEXT NOT NULL DEFAULT '', created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX webhooks_by_account ON webhooks(account, id);
CREATE TABLE subject_versions (subject TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID;
-- `webhook` is '' for a job's own callback, whose address is `url` then. `endpoint`: what is kept apart from others, the
-- account, a blank, and a webhook's id or a callback's origin.
CREATE TABLE deliveries (
  id TEXT PRIMARY KEY, account TEXT NOT NULL, webhook TEXT NOT NULL, url TEXT NOT NULL, endpoint TEXT NOT NULL, event TEXT NOT NULL,
  type TEXT NOT NULL, payload TEXT NOT NULL, status TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL, lease_until INTEGER, answer_status INTEGER, answer_ms INTEGER, answer TEXT NOT NULL DEFAULT '',
  problem TEXT NOT NULL DEFAULT '', created_at INTEGER NOT NULL, finished_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries(endpoint, next_at) WHERE status = 'pending';
CREATE INDEX deliveries_by_end ON deliveries(finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX deliveries_by_webhook ON deliveries(webhook, id);
)sql";

constexpr std::string_view kCallbacks = R"sql(
-- `job`: whose callback it is; '' for what goes to a webhook.
ALTER TABLE deliveries ADD COLUMN job TEXT NOT NULL DEFAULT '';
UPDATE deliveries SET job = coalesce(json_extract(payload, '$.data.id'), '') WHERE webhook = '';
CREATE INDEX deliveries_by_job ON deliveries(job, id) WHERE job <> '';
ALTER TABLE accounts ADD COLUMN old_signing_secret TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN old_signing_secret_until INTEGER;
-- What whoever stores an event must know of the configured waits, so that every process judges alike.
CREATE TABLE webhook_terms (one INTEGER PRIMARY KEY CHECK (one = 1), first_wait_ms INTEGER NOT NULL) STRICT;
)sql";

constexpr std::string_view kListsAndRetention = R"sql(
-- Lists with filters read this index alone.
DROP INDEX jobs_by_account;
CREATE INDEX jobs_listed ON jobs(account, id, status, type, created_at);
CREATE INDEX sessions_by_past_end ON sessions(expires_at) WHERE status = 'expired';
-- Whose keys may have the scope `admin`: the first account of the data folder.
ALTER TABLE accounts ADD COLUMN is_operator INTEGER NOT NULL DEFAULT 0;
UPDATE accounts SET is_operator = 1 WHERE id = (SELECT min(id) FROM accounts);
)sql";

constexpr std::array kMigrations = {Migration{"initial", kInitial}, Migration{"accounts and credits", kAccounts},
                                    Migration{"callbacks", kCallbacks},
                                    Migration{"lists, retention, operators", kListsAndRetention}};

}  // namespace

std::span<const Migration> sqlite_migrations() { return kMigrations; }

}  // namespace pictor::storage
