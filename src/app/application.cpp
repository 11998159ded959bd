#include "app/application.hpp"

#include <filesystem>
#include <iostream>
#include <unistd.h>

#include "app/data_folder.hpp"
#include "app/serving.hpp"
#include "app/signals.hpp"
#include "base/log.hpp"
#include "engine/pool/engine_pool.hpp"
#include "service/accounts.hpp"
#include "storage/blobs/disk/disk_blob_store.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/sqlite/sqlite_account_store.hpp"
#include "storage/sqlite/sqlite_ledger.hpp"
#include "storage/sqlite/sqlite_session_store.hpp"
#include "words/local_describer.hpp"

namespace pictor::app {
namespace {

constexpr const char* kVersion = "0.1.0";

LogLevel level_of(const std::string& name) {
  if (name == "debug") {
    return LogLevel::kDebug;
  }
  if (name == "warn") {
    return LogLevel::kWarn;
  }
  return name == "error" ? LogLevel::kError : LogLevel::kInfo;
}

void start_log(const Config& config) {
  const bool text = config.log_format == "text" || (config.log_format == "auto" && ::isatty(STDERR_FILENO) == 1);
  configure_log(text ? LogFormat::kText : LogFormat::kJson, level_of(config.log_level));
}

/// Keeps the database and its store alive together.
struct OpenAccounts {
  std::unique_ptr<storage::SqliteDatabase> database;
  std::unique_ptr<storage::SqliteAccountStore> store;
  std::unique_ptr<storage::SqliteLedger> ledger;
  std::vector<domain::Plan> plans;
  std::optional<DataFolder> folder;

  /// As AccountAccess::remove_doomed_files says.
  Result<void> remove_doomed_files() {
    if (!folder->lock()) {
      return {};
    }
    auto blobs = storage::DiskBlobStore::open_folder(folder->path_of(""));
    if (!blobs) {
      return fail(blobs.error());
    }
    storage::SqliteSessionStore sessions(*database);
    const SystemClock clock;
    service::AccountRegistry registry(*store, clock, "", plans);
    service::Accounts accounts(*store, *ledger, sessions, **blobs, registry, clock, plans, {});
    const Result<int> removed = accounts.remove_doomed_files();
    return removed ? Result<void>() : Result<void>(fail(removed.error()));
  }
};

const SystemClock& system_clock() {
  static const SystemClock clock;
  return clock;
}

}  // namespace

Application::Application(std::string executable) : executable_(std::move(executable)) {}
Application::~Application() = default;

std::vector<cli::Flag> Application::flags() const {
  std::vector<cli::Flag> flags;
  for (const ConfigKey& key : config_keys()) {
    std::string name = "--" + std::string(key.name);
    for (char& c : name) {
      c = c == '_' || c == '.' ? '-' : c;
    }
    flags.push_back({std::string(key.name), std::move(name), std::string(key.doc)});
  }
  return flags;
}

std::string Application::version() const { return std::string("pictor ") + kVersion; }

Result<LoadedConfig> Application::load(const cli::Overrides& overrides) const {
  ConfigSources sources;
  sources.environment = process_environment();
  sources.flags = overrides.values;
  sources.file = overrides.config_file;
  if (sources.file.empty() && sources.environment.contains("PICTOR_CONFIG")) {
    sources.file = sources.environment.at("PICTOR_CONFIG");
  }
  sources.file_must_exist = !sources.file.empty();
  if (sources.file.empty()) {
    sources.file = "pictor.toml";
  }
  return load_config(sources);
}

Result<std::string> Application::config_text(const cli::Overrides& overrides) {
  const Result<LoadedConfig> loaded = load(overrides);
  return loaded ? Result<std::string>(print_config(loaded->config)) : Result<std::string>(fail(loaded.error()));
}

int Application::serve(const cli::Overrides& overrides) {
  const Result<LoadedConfig> loaded = load(overrides);
  if (!loaded) {
    std::cerr << "pictor: " << loaded.error().public_message << "\n";
    return cli::kUsage;
  }
  start_log(loaded->config);
  for (const std::string& warning : loaded->warnings) {
    log_warn(warning);
  }
  // Before any thread: all of them leave these signals to wait_for_end().
  block_signals();
  Serving serving(loaded->config, executable_, kVersion);
  if (const Result<void> started = serving.start(); !started) {
    std::cerr << "pictor: " << started.error().public_message << "\n";
    if (!started.error().private_message.empty()) {
      std::cerr << "        (" << started.error().private_message << ")\n";
    }
    return cli::kUsage;
  }
  const std::string signal = wait_for_end();
  log_info("ending", {{"signal", signal}});
  end_at_the_latest_after(milliseconds(9'500));
  serving.stop();
  log_info("ended");
  return cli::kSuccess;
}

Result<cli::AccountAccess> Application::accounts(const cli::Overrides& overrides) {
  const Result<LoadedConfig> loaded = load(overrides);
  if (!loaded) {
    return fail(loaded.error());
  }
  Result<DataFolder> folder = DataFolder::open(loaded->config.data);
  if (!folder) {
    return fail(folder.error());
  }
  const Result<std::string> pepper = folder->pepper();
  auto database = storage::SqliteDatabase::open(folder->path_of("pictor.sqlite3"));
  if (!pepper || !database) {
    return fail(!pepper ? pepper.error() : database.error());
  }
  auto open = std::make_shared<OpenAccounts>();
  open->database = *std::move(database);
  open->store = std::make_unique<storage::SqliteAccountStore>(*open->database);
  open->ledger = std::make_unique<storage::SqliteLedger>(*open->database);
  open->plans = loaded->config.plans;
  open->folder.emplace(*std::move(folder));
  cli::AccountAccess access;
  access.accounts = open->store.get();
  access.registry = std::make_unique<service::AccountRegistry>(*open->store, system_clock(), *pepper, open->plans,
                                                               open->ledger.get());
  access.ledger = open->ledger.get();
  access.plans = open->plans;
  access.remove_doomed_files = [open] { return open->remove_doomed_files(); };
  access.database = std::move(open);
  return access;
}

Result<std::vector<domain::Plan>> Application::plans(const cli::Overrides& overrides) {
  Result<LoadedConfig> loaded = load(overrides);
  return loaded ? Result<std::vector<domain::Plan>>(std::move(loaded->config.plans))
                : Result<std::vector<domain::Plan>>(fail(loaded.error()));
}

Result<cli::LocalEngine> Application::engine(const cli::Overrides& overrides) {
  const Result<LoadedConfig> loaded = load(overrides);
  if (!loaded) {
    return fail(loaded.error());
  }
  configure_log(LogFormat::kText, LogLevel::kError);
  const engine::PoolConfig config = pool_config(loaded->config, executable_);
  auto pool = engine::EnginePool::start(config);
  if (!pool) {
    return fail(pool.error());
  }
  return cli::LocalEngine{*std::move(pool), std::make_unique<words::LocalDescriber>(), worker_count(loaded->config)};
}

}  // namespace pictor::app
