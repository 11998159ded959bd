#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "domain/ports/describer.hpp"
#include "domain/ports/image_engine.hpp"
#include "service/account_registry.hpp"

namespace pictor::cli {

/// Configuration as the command line gave it.
struct Overrides {
  std::string config_file;                    ///< `--config`, may be empty
  std::map<std::string, std::string> values;  ///< by key name
};

/// A configuration key that is also a flag.
struct Flag {
  std::string key;   ///< `session_ttl`
  std::string name;  ///< `--session-ttl`
  std::string doc;
};

/// The engine without a server. Its children end with it.
struct LocalEngine {
  std::unique_ptr<domain::ImageEngine> engine;
  std::unique_ptr<domain::Describer> describer;
  int workers = 1;
};

/// Accounts of a data folder, beside a running server or without one.
struct AccountAccess {
  std::shared_ptr<void> database;  ///< keeps what `registry` stands on
  std::unique_ptr<service::AccountRegistry> registry;
  domain::AccountStore* accounts = nullptr;
  domain::Ledger* ledger = nullptr;
  std::vector<domain::Plan> plans;
  /// Removes the files of accounts that are gone, unless a server is running on the folder: that does it by itself.
  std::function<Result<void>()> remove_doomed_files;
};

/// What the commands need of the whole program; `app` fills it.
class Program {
 public:
  virtual ~Program() = default;
  [[nodiscard]] virtual std::vector<Flag> flags() const = 0;
  [[nodiscard]] virtual std::string version() const = 0;
  /// Serves until SIGTERM or SIGINT. @return the exit code
  virtual int serve(const Overrides& overrides) = 0;
  virtual Result<std::string> config_text(const Overrides& overrides) = 0;
  virtual Result<AccountAccess> accounts(const Overrides& overrides) = 0;
  /// Those of the configuration; opens no data folder.
  virtual Result<std::vector<domain::Plan>> plans(const Overrides& overrides) = 0;
  virtual Result<LocalEngine> engine(const Overrides& overrides) = 0;
};

/// Exit codes that a build script can rely on.
enum ExitCode : int {
  kSuccess = 0,
  kSomeFailed = 1,  ///< at least one file, or the one thing asked for, failed
  kUsage = 2,       ///< the command line or the configuration is wrong; nothing was done
};

/// Parses the command line and runs the command. Results on standard output, messages on standard error.
int run(int argc, char** argv, Program& program);

}  // namespace pictor::cli
