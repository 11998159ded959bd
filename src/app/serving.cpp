#include "app/serving.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <iostream>
#include <thread>

#include "app/data_folder.hpp"
#include "app/gauges.hpp"
#include "app/ledger_check.hpp"
#include "app/signup_command.hpp"
#include "app/webhook_parts.hpp"
#include "base/log.hpp"
#include "http/api.hpp"
#include "http/problem.hpp"
#include "http/server.hpp"
#include "jobs/housekeeper.hpp"
#include "jobs/runner.hpp"
#include "net/curl_url_fetcher.hpp"
#include "service/accounts.hpp"
#include "service/history.hpp"
#include "service/idempotent_requests.hpp"
#include "service/item_worker.hpp"
#include "service/keys.hpp"
#include "storage/blobs/disk/disk_blob_store.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/sqlite/sqlite_account_store.hpp"
#include "storage/sqlite/sqlite_history_store.hpp"
#include "storage/sqlite/sqlite_idempotency_store.hpp"
#include "storage/sqlite/sqlite_job_store.hpp"
#include "storage/sqlite/sqlite_ledger.hpp"
#include "storage/sqlite/sqlite_session_store.hpp"
#include "storage/sqlite/sqlite_units_of_work.hpp"
#include "words/local_describer.hpp"

namespace pictor::app {
namespace {

constexpr int kMostIoThreads = 4;

bool is_loopback(const std::string& listen) {
  return listen.starts_with("127.") || listen.starts_with("localhost:") || listen.starts_with("[::1]:");
}

void log_request(const http::RequestLog& entry) {
  Json fields{{"request", entry.request_id},
              {"method", entry.method},
              {"route", entry.route},
              {"status", entry.status},
              {"ms", static_cast<double>(entry.duration.count()) / 1'000},
              {"in", entry.bytes_in},
              {"out", entry.bytes_out}};
  if (!entry.key_id.empty()) {
    fields["key"] = entry.key_id;
  }
  if (!entry.note.empty()) {
    fields["cause"] = entry.note;
  }
  const LogLevel level = entry.status >= 500 ? LogLevel::kError : (entry.is_probe ? LogLevel::kDebug : LogLevel::kInfo);
  log(level, "request", fields);
}

Result<http::RequestLimitsConfig> request_limits(const Config& config) {
  http::RequestLimitsConfig limits;
  limits.enabled = config.rate_limits;
  limits.anonymous_rate = config.anonymous_rate;
  limits.key_share = config.key_rate_share;
  auto proxies = http::TrustedProxies::parse(config.trusted_proxies);
  if (!proxies) {
    Error error = proxies.error();
    error.public_message = "trusted_proxies (PICTOR_TRUSTED_PROXIES): " + error.public_message;
    return fail(std::move(error));
  }
  limits.proxies = *std::move(proxies);
  limits.plan_of = [plans = config.plans](const domain::Principal& who) {
    const auto at =
        std::find_if(plans.begin(), plans.end(), [&who](const domain::Plan& plan) { return plan.name == who.plan; });
    return at == plans.end() ? plans.front() : *at;
  };
  return limits;
}

}  // namespace

int worker_count(const Config& config) {
  return config.workers > 0 ? config.workers : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

engine::PoolConfig pool_config(const Config& config, const std::string& executable) {
  engine::PoolConfig pool;
  pool.engine_path = (std::filesystem::path(executable).parent_path() / "pictor-engine").string();
  pool.workers = worker_count(config);
  pool.memory_budget = config.memory_budget;
  pool.max_pixels = config.max_pixels;
  pool.max_frames = config.max_frames;
  return pool;
}

/// In the order in which they stand on each other: destroyed from the last to the first.
struct Serving::Parts {
  SystemClock clock;
  std::optional<DataFolder> folder;
  std::string pepper;
  std::unique_ptr<storage::SqliteDatabase> database;
  std::unique_ptr<storage::SqliteAccountStore> accounts;
  std::unique_ptr<storage::SqliteSessionStore> sessions;
  std::unique_ptr<storage::SqliteJobStore> jobs;
  std::unique_ptr<storage::SqliteHistoryStore> history_rows;
  std::unique_ptr<storage::SqliteIdempotencyStore> idempotency;
  std::unique_ptr<storage::SqliteUnitsOfWork> units;
  std::unique_ptr<storage::SqliteLedger> ledger;
  std::unique_ptr<LedgerCheck> ledger_check;
  std::unique_ptr<storage::DiskBlobStore> blobs;
  std::unique_ptr<net::CurlUrlFetcher> fetcher;
  std::unique_ptr<WebhookParts> webhooks;
  std::unique_ptr<engine::EnginePool> engine;
  words::LocalDescriber describer;

  std::unique_ptr<service::Authenticator> authenticator;
  std::unique_ptr<service::AccountRegistry> registry;
  std::unique_ptr<SignupCommand> signup_command;
  std::unique_ptr<service::Accounts> account_service;
  std::unique_ptr<service::Keys> keys;
  std::unique_ptr<service::History> history;
  std::unique_ptr<service::Intake> intake;
  std::unique_ptr<service::Sessions> session_service;
  std::unique_ptr<service::Reviews> reviews;
  std::unique_ptr<service::JobRequests> job_requests;
  std::unique_ptr<service::Jobs> job_service;
  std::unique_ptr<service::Exports> exports;
  std::unique_ptr<service::Optimizer> optimizer;
  std::unique_ptr<service::IdempotentRequests> idempotent_requests;
  std::unique_ptr<service::Credits> credits;
  std::unique_ptr<service::Estimates> estimates;
  std::unique_ptr<service::ItemWorker> item_worker;

  std::unique_ptr<GaugeReader> gauges;
  std::unique_ptr<http::Api> api;
  std::unique_ptr<jobs::Runner> runner;
  std::unique_ptr<jobs::Housekeeper> housekeeper;
  std::unique_ptr<http::Server> server;
  std::atomic<bool> ready{false};
};

Serving::Serving(Config config, std::string executable, std::string version)
    : config_(std::move(config)),
      executable_(std::move(executable)),
      version_(std::move(version)),
      parts_(std::make_unique<Parts>()) {}

Serving::~Serving() { stop(); }

Result<void> Serving::start() {
  using Step = Result<void> (Serving::*)();
  for (const Step step :
       {&Serving::open_stores, &Serving::make_first_account, &Serving::start_ledger, &Serving::start_engine}) {
    if (const Result<void> done = (this->*step)(); !done) {
      return done;
    }
  }
  make_services();
  for (const Step step : {&Serving::start_work, &Serving::start_http}) {
    if (const Result<void> done = (this->*step)(); !done) {
      return done;
    }
  }
  parts_->ready = true;
  log_info("serving", {{"listen", config_.listen},
                       {"version", version_},
                       {"workers", worker_count(config_)},
                       {"vision", parts_->engine->vision()}});
  if (!is_loopback(config_.listen)) {
    log_warn("listening beyond loopback without TLS: put a proxy with TLS in front, or keys travel in the clear");
  }
  return {};
}

Result<void> Serving::open_stores() {
  Parts& parts = *parts_;
  Result<DataFolder> folder = DataFolder::open(config_.data);
  if (!folder) {
    return fail(folder.error());
  }
  parts.folder.emplace(*std::move(folder));
  if (Result<void> locked = parts.folder->lock(); !locked) {
    return locked;
  }
  Result<std::string> pepper = parts.folder->pepper();
  auto database = storage::SqliteDatabase::open(parts.folder->path_of("pictor.sqlite3"));
  auto blobs = storage::DiskBlobStore::open_folder(parts.folder->path_of(""));
  auto fetcher = net::CurlUrlFetcher::make({.allowed_networks = config_.allowed_networks});
  if (!fetcher) {
    Error error = fetcher.error();
    error.public_message = "allowed_networks (PICTOR_ALLOWED_NETWORKS): " + error.public_message;
    return fail(std::move(error));
  }
  if (!pepper || !database || !blobs) {
    return fail(!pepper ? pepper.error() : (!database ? database.error() : blobs.error()));
  }
  parts.pepper = *std::move(pepper);
  parts.database = *std::move(database);
  parts.blobs = *std::move(blobs);
  parts.fetcher = *std::move(fetcher);
  parts.accounts = std::make_unique<storage::SqliteAccountStore>(*parts.database);
  parts.sessions = std::make_unique<storage::SqliteSessionStore>(*parts.database);
  parts.jobs = std::make_unique<storage::SqliteJobStore>(*parts.database);
  parts.history_rows = std::make_unique<storage::SqliteHistoryStore>(*parts.database);
  parts.idempotency = std::make_unique<storage::SqliteIdempotencyStore>(*parts.database);
  parts.units = std::make_unique<storage::SqliteUnitsOfWork>(*parts.database);
  parts.ledger = std::make_unique<storage::SqliteLedger>(*parts.database);
  parts.ledger_check = std::make_unique<LedgerCheck>(*parts.ledger);
  auto webhooks = WebhookParts::make(config_, *parts.database, parts.pepper, parts.clock);
  if (!webhooks) {
    return fail(webhooks.error());
  }
  parts.webhooks = *std::move(webhooks);
  parts.registry = std::make_unique<service::AccountRegistry>(*parts.accounts, parts.clock, parts.pepper, config_.plans,
                                                              parts.ledger.get());
  return {};
}

Result<void> Serving::make_first_account() {
  Parts& parts = *parts_;
  const auto accounts = parts.accounts->list();
  if (!accounts) {
    return fail(accounts.error());
  }
  if (!accounts->empty()) {
    return {};
  }
  const auto created = parts.registry->create_operator_account("Owner", "owner@localhost.localdomain",
                                                               domain::largest_plan(config_.plans).name);
  if (!created) {
    return fail(created.error());
  }
  if (Result<void> kept = parts.folder->keep_first_key(created->key_text); !kept) {
    return kept;
  }
  // Standard output, this once: not the log, which keeps what it is told.
  std::cout << "API key: " << created->key_text << "\n" << std::flush;
  return {};
}

Result<void> Serving::start_ledger() {
  Parts& parts = *parts_;
  const Result<int> released = parts.ledger->release_calls(parts.clock.now());
  if (!released) {
    return fail(released.error());
  }
  if (*released > 0) {
    log_info("credits of calls that an earlier process did not end went back", {{"calls", *released}});
  }
  const Result<int> granted = parts.ledger->grant_allowances(config_.plans, parts.clock.now());
  if (!granted) {
    return fail(granted.error());
  }
  // A server whose sums are wrong serves on: its operator reads of it here and in /readyz?deep=1.
  (void)parts.ledger_check->run();
  return {};
}

Result<void> Serving::start_engine() {
  auto engine = engine::EnginePool::start(pool_config(config_, executable_));
  if (!engine) {
    return fail(engine.error());
  }
  parts_->engine = *std::move(engine);
  if (parts_->engine->vision().empty()) {
    log_warn("no vision models: analyze will fail; run ./run setup");
  }
  return {};
}

void Serving::make_services() {
  Parts& parts = *parts_;
  const Result<std::string> link_secret = parts.accounts->secret("links");
  parts.authenticator = std::make_unique<service::Authenticator>(*parts.accounts, parts.clock, parts.pepper);
  parts.signup_command = std::make_unique<SignupCommand>(config_.signup_command);
  parts.account_service = std::make_unique<service::Accounts>(
      *parts.accounts, *parts.ledger, *parts.sessions, *parts.blobs, *parts.registry, parts.clock, config_.plans,
      service::SignupRules{config_.signup == "open", config_.signup_rate},
      [&parts](const domain::Account& account) { parts.signup_command->tell(account); });
  parts.keys = std::make_unique<service::Keys>(*parts.accounts, parts.clock, parts.pepper, config_.plans);
  parts.history = std::make_unique<service::History>(*parts.history_rows, parts.clock, config_.retention);
  parts.intake = std::make_unique<service::Intake>(*parts.blobs, *parts.engine, *parts.fetcher, parts.clock,
                                                   service::IntakeLimits{config_.max_upload});
  parts.session_service = std::make_unique<service::Sessions>(*parts.sessions, *parts.blobs, *parts.intake, parts.clock,
                                                              config_.session_ttl);
  parts.reviews = std::make_unique<service::Reviews>(*parts.sessions, parts.clock, config_.session_ttl);
  parts.job_requests = std::make_unique<service::JobRequests>(
      *parts.sessions, *parts.jobs, parts.describer, parts.clock, config_.session_ttl,
      [&parts](const std::string& url) { return parts.webhooks->poster().check(url); });
  parts.job_service = std::make_unique<service::Jobs>(*parts.jobs, parts.clock);
  parts.exports = std::make_unique<service::Exports>(*parts.jobs, *parts.sessions, *parts.blobs, parts.clock,
                                                     link_secret.value_or(parts.pepper), config_.session_ttl);
  parts.optimizer = std::make_unique<service::Optimizer>(*parts.intake, *parts.blobs, *parts.engine, parts.describer,
                                                         *parts.jobs, *parts.ledger, parts.clock, config_.result_ttl);
  parts.credits = std::make_unique<service::Credits>(*parts.ledger, *parts.accounts, config_.plans, parts.clock,
                                                     config_.reservation_ttl);
  parts.estimates = std::make_unique<service::Estimates>(*parts.sessions, parts.clock, worker_count(config_));
  parts.idempotent_requests = std::make_unique<service::IdempotentRequests>(
      *parts.idempotency, *parts.units, *parts.blobs,
      [&parts](const domain::BlobId& id) { return parts.sessions->is_blob_named(id); }, parts.clock, parts.pepper,
      config_.idempotency_ttl);
  parts.item_worker = std::make_unique<service::ItemWorker>(*parts.sessions, *parts.jobs, *parts.blobs, *parts.engine,
                                                            parts.describer, &http::problem_of, parts.clock);
  parts.gauges = std::make_unique<GaugeReader>(*parts.engine, *parts.jobs);
}

Result<void> Serving::start_work() {
  Parts& parts = *parts_;
  http::ApiConfig api;
  Result<http::RequestLimitsConfig> limits = request_limits(config_);
  if (!limits) {
    return fail(limits.error());
  }
  api.request_limits = *std::move(limits);
  api.limits.max_upload = config_.max_upload;
  api.limits.max_images = config_.max_images;
  api.cors_origins = config_.cors_origins;
  api.public_url = config_.public_url;
  api.is_ready = [&parts] { return parts.ready && parts.engine->ready(); };
  api.deep_check = [&parts] { return parts.ledger_check->run(); };
  api.gauges = [&parts] { return parts.gauges->read(); };
  api.log = log_request;
  http::Services services{*parts.authenticator,
                          *parts.session_service,
                          *parts.reviews,
                          *parts.job_requests,
                          *parts.job_service,
                          *parts.exports,
                          *parts.optimizer,
                          *parts.credits,
                          *parts.estimates,
                          *parts.blobs,
                          *parts.idempotent_requests,
                          *parts.account_service,
                          *parts.keys};
  services.webhooks = &parts.webhooks->service();
  parts.api = std::make_unique<http::Api>(std::move(api), services);
  parts.jobs->on_change([&parts](const domain::JobId& job) {
    parts.api->notify(job);
    parts.webhooks->wake();
  });
  parts.runner = std::make_unique<jobs::Runner>(
      *parts.jobs, parts.clock,
      [&parts](const domain::Lease& lease, std::stop_token stop) { return parts.item_worker->work(lease, stop); },
      jobs::RunnerConfig{.workers = worker_count(config_)});
  parts.jobs->on_work([&parts] { parts.runner->wake(); });
  parts.housekeeper = std::make_unique<jobs::Housekeeper>(std::vector<jobs::Housekeeper::Chore>{
      {"sessions that ended", std::min(milliseconds(60'000), std::max(milliseconds(250), config_.session_ttl / 4)),
       [&parts] { return parts.session_service->expire(); }, true},
      {"results that ended", std::min(milliseconds(60'000), std::max(milliseconds(250), config_.result_ttl / 4)),
       [&parts] { return parts.exports->expire(); }, true},
      {"idempotent answers that ended",
       std::min(milliseconds(60'000), std::max(milliseconds(250), config_.idempotency_ttl / 4)),
       [&parts] { return parts.idempotent_requests->expire(); }, true},
      {"reservations that ended",
       std::min(milliseconds(10'000), std::max(milliseconds(250), config_.reservation_ttl / 4)),
       [&parts] { return parts.ledger->expire_holds(parts.clock.now()); }, true},
      {"webhook deliveries long ago", milliseconds(3'600'000), [&parts] { return parts.webhooks->forget_old(); }, true},
      {"work that ended long ago", milliseconds(60'000), [&parts] { return parts.history->forget_old(); }, true},
      {"last uses of keys", milliseconds(60'000), [&parts] { return parts.authenticator->flush_uses(); }},
      {"files of accounts that are gone", milliseconds(2'000),
       [&parts] { return parts.account_service->remove_doomed_files(); }, true},
      {"monthly allowances", milliseconds(60'000),
       [this, &parts] { return parts.ledger->grant_allowances(config_.plans, parts.clock.now()); }, true},
      {"files that nothing names", milliseconds(3'600'000),
       [&parts] {
         return parts.blobs->sweep([&parts](const domain::BlobId& id) { return parts.sessions->is_blob_named(id); });
       },
       true}});
  if (Result<void> started = parts.webhooks->start(); !started) {
    return started;
  }
  if (Result<void> started = parts.runner->start(); !started) {
    return started;
  }
  parts.housekeeper->start();
  return {};
}

Result<void> Serving::start_http() {
  Parts& parts = *parts_;
  http::ServerConfig server;
  server.listen = config_.listen;
  server.io_threads = config_.http_threads > 0
                          ? config_.http_threads
                          : std::min(kMostIoThreads, static_cast<int>(std::thread::hardware_concurrency()));
  server.max_connections = config_.max_connections;
  server.idle_timeout = config_.idle_timeout;
  server.request_timeout = config_.request_timeout;
  server.shutdown_timeout = milliseconds(5'000);
  parts.server = std::make_unique<http::Server>(server, *parts.api);
  return parts.server->start();
}

void Serving::stop() {
  Parts& parts = *parts_;
  parts.ready = false;
  // Workers first, so that streams of running jobs see them handed back rather than cut off; both ends are bounded.
  if (parts.runner) {
    parts.runner->stop();
  }
  if (parts.webhooks) {
    parts.webhooks->stop();
  }
  if (parts.server) {
    parts.server->stop();
    parts.server.reset();
  }
  if (parts.housekeeper) {
    parts.housekeeper->stop();
  }
  if (parts.authenticator) {
    if (const Result<int> written = parts.authenticator->flush_uses(); !written) {
      log_warn("when keys were used last is lost since the last minute", {{"cause", written.error().private_message}});
    }
  }
}

}  // namespace pictor::app
