#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "domain/account.hpp"

namespace pictor::app {

/// Everything an operator can set, with its default. `config_keys()` names, documents, reads and prints each.
struct Config {
  std::string listen = "127.0.0.1:8080";
  std::string data = "./data";
  std::string public_url;
  int workers = 0;                 ///< children that decode; 0: as many as cores
  std::int64_t memory_budget = 0;  ///< bytes; 0: half of the machine's memory
  std::int64_t max_pixels = 100'000'000;
  int max_frames = 300;
  std::int64_t max_upload = 64LL << 20U;  ///< bytes an image
  int max_images = 500;                   ///< a request
  int max_connections = 2'000;
  int http_threads = 0;  ///< threads that serve sockets; 0: as many as cores, at most 4
  milliseconds idle_timeout{30'000};
  milliseconds request_timeout{600'000};
  milliseconds session_ttl{86'400'000};
  milliseconds retention{90LL * 86'400'000};  ///< of rows of work that ended; 0: for ever
  milliseconds result_ttl{3'600'000};
  milliseconds idempotency_ttl{86'400'000};
  milliseconds reservation_ttl{900'000};
  std::vector<milliseconds> webhook_retries;  ///< waits before each try; empty: as shipped
  milliseconds webhook_timeout{15'000};
  milliseconds secret_overlap{86'400'000};
  std::string signup = "closed";
  bool rate_limits = true;
  int anonymous_rate = 600;                  ///< a minute and address; 0: none
  int key_rate_share = 100;                  ///< percent of its plan's rate that one key may use
  std::vector<std::string> trusted_proxies;  ///< CIDR
  int signup_rate = 5;                       ///< sign-ups a minute and address; 0: no limit
  std::vector<std::string> signup_command;   ///< program and arguments, run for each sign-up; empty: none
  std::vector<domain::Plan> plans = domain::shipped_plans();  ///< never empty; signing up gives the first
  std::vector<std::string> allowed_networks;                  ///< CIDR
  std::string database;                                       ///< empty: sqlite in the data folder
  std::string blobs;                                          ///< empty: disk, in the data folder
  std::string vision_provider = "local";
  std::vector<std::string> cors_origins;
  std::string log_level = "info";
  std::string log_format = "auto";  ///< auto json text
};

/// One key: `session_ttl` in pictor.toml, `PICTOR_SESSION_TTL` in the environment, `--session-ttl` on the command line.
struct ConfigKey {
  std::string_view name;      ///< dots where the environment has `__`
  std::string_view fallback;  ///< the default, as documentation shows it
  std::string_view doc;
  bool secret = false;  ///< masked by `pictor config`
  /// Puts `text` in; what is wrong with it, or empty.
  std::string (*read)(Config& config, const std::string& text) = nullptr;
  std::string (*show)(const Config& config) = nullptr;
};

[[nodiscard]] const std::vector<ConfigKey>& config_keys();
/// `session_ttl` → `PICTOR_SESSION_TTL`, `vision.provider` → `PICTOR_VISION__PROVIDER`.
[[nodiscard]] std::string environment_name(std::string_view key);

/// Where values come from, later ones winning: the file, the environment, the flags.
struct ConfigSources {
  std::string file;  ///< path of pictor.toml
  bool file_must_exist = false;
  std::map<std::string, std::string> environment;  ///< `PICTOR_…` only
  std::map<std::string, std::string> flags;        ///< by key name
};
struct LoadedConfig {
  Config config;
  std::vector<std::string> warnings;  ///< variables that begin with PICTOR_ and mean nothing
};
/// @error kInvalidField  with a message that names the key, where it was set, and what would be right
[[nodiscard]] Result<LoadedConfig> load_config(const ConfigSources& sources);
/// `PICTOR_…` variables of this process.
[[nodiscard]] std::map<std::string, std::string> process_environment();
/// What `pictor config` prints: TOML with a comment a key, secrets masked.
[[nodiscard]] std::string print_config(const Config& config);

}  // namespace pictor::app
