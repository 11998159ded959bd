#include "app/config.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <toml++/toml.h>

#include "app/config_values.hpp"
#include "app/plan_config.hpp"
#include "jobs/webhook_sender.hpp"

extern char** environ;

namespace pictor::app {
namespace {

std::string read_text(std::string& field, const std::string& text) {
  field = text;
  return {};
}

std::string read_choice(std::string& field, const std::string& text, std::initializer_list<const char*> allowed) {
  std::string list;
  for (const char* word : allowed) {
    if (text == word) {
      field = text;
      return {};
    }
    list += list.empty() ? word : std::string(", ") + word;
  }
  return "must be one of: " + list;
}

std::string read_count(int& field, const std::string& text, int minimum, int maximum) {
  const auto value = parse_count(text);
  if (!value || *value < minimum || *value > maximum) {
    return "must be a whole number from " + std::to_string(minimum) + " to " + std::to_string(maximum);
  }
  field = static_cast<int>(*value);
  return {};
}

std::string read_count(std::int64_t& field, const std::string& text, std::int64_t minimum) {
  const auto value = parse_count(text);
  if (!value || *value < minimum) {
    return "must be a whole number of at least " + std::to_string(minimum) + ", such as 100M";
  }
  field = *value;
  return {};
}

std::string read_size(std::int64_t& field, const std::string& text, std::int64_t minimum) {
  const auto value = parse_size(text);
  if (!value || *value < minimum) {
    return "must be a size of at least " + format_size(minimum) + ", such as 64MiB";
  }
  field = *value;
  return {};
}

std::string read_duration(milliseconds& field, const std::string& text, milliseconds minimum) {
  const auto value = parse_duration(text);
  if (!value || *value < minimum) {
    return "must be a duration of at least " + format_duration(minimum) + ", such as 30s or 24h";
  }
  field = *value;
  return {};
}

/// A wait for each try.
std::string read_retries(std::vector<milliseconds>& field, const std::string& text) {
  constexpr std::size_t kMost = 50;
  std::vector<milliseconds> waits;
  for (const std::string& item : parse_list(text)) {
    const auto wait = parse_duration(item);
    if (!wait) {
      return "must be a list of durations, such as 0s,5s,5m,30m";
    }
    waits.push_back(*wait);
  }
  if (waits.empty() || waits.size() > kMost) {
    return "must have 1 to " + std::to_string(kMost) + " durations, such as 0s,5s,5m,30m";
  }
  field = std::move(waits);
  return {};
}

std::string format_retries(const std::vector<milliseconds>& waits) {
  std::vector<std::string> items;
  for (const milliseconds wait : waits.empty() ? jobs::default_webhook_retries() : waits) {
    items.push_back(wait == milliseconds(0) ? "0s" : format_duration(wait));
  }
  return format_list(items);
}

std::string read_list(std::vector<std::string>& field, const std::string& text) {
  // An array of a file whose items hold commas comes as JSON.
  field = parse_words(text).value_or(parse_list(text));
  return {};
}

/// A program and its arguments.
std::string read_command(std::vector<std::string>& field, const std::string& text) {
  auto words = parse_words(text);
  if (!words || (!words->empty() && words->front().empty())) {
    return R"(must be a program and its arguments with commas between, or a JSON array such as ["notify", "a,b"])";
  }
  field = *std::move(words);
  return {};
}

std::string read_switch(bool& field, const std::string& text) {
  if (text != "on" && text != "off") {
    return "must be on or off";
  }
  field = text == "on";
  return {};
}

std::string read_listen(std::string& field, const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const auto port = colon == std::string::npos ? std::nullopt : parse_count(text.substr(colon + 1));
  if (!port || *port > 65'535 || colon == 0) {
    return "must be an address and a port, such as 127.0.0.1:8080 or [::1]:8080";
  }
  field = text;
  return {};
}

std::string read_only_value(std::string& field, const std::string& text, const std::string& only, const char* later) {
  if (!text.empty() && text != only) {
    return "is \"" + only + "\" in this version; " + later;
  }
  field = text;
  return {};
}

const std::vector<ConfigKey> kKeys = {
    {"listen", "127.0.0.1:8080", "Address and port of the HTTP server. Beyond loopback, put TLS in front of it.", false,
     [](Config& c, const std::string& t) { return read_listen(c.listen, t); },
     [](const Config& c) { return c.listen; }},
    {"data", "./data", "Folder of everything that the server writes.", false,
     [](Config& c, const std::string& t) {
       return t.empty() ? std::string("must name a folder") : read_text(c.data, t);
     },
     [](const Config& c) { return c.data; }},
    {"public_url", "(none)", "Address under which clients reach the server, used in links: https://images.example.org.",
     false,
     [](Config& c, const std::string& t) {
       if (!t.empty() && !t.starts_with("http://") && !t.starts_with("https://")) {
         return std::string("must begin with http:// or https://");
       }
       return read_text(c.public_url, t.ends_with('/') ? t.substr(0, t.size() - 1) : t);
     },
     [](const Config& c) { return c.public_url; }},
    {"workers", "0", "Sandboxed children that decode and encode pictures; 0: as many as cores.", false,
     [](Config& c, const std::string& t) { return read_count(c.workers, t, 0, 256); },
     [](const Config& c) { return std::to_string(c.workers); }},
    {"memory_budget", "0", "Memory that pictures in work may need together; 0: half of the machine's.", false,
     [](Config& c, const std::string& t) { return read_size(c.memory_budget, t, 0); },
     [](const Config& c) { return format_size(c.memory_budget); }},
    {"max_pixels", "100M", "Largest picture, in pixels, by its header.", false,
     [](Config& c, const std::string& t) { return read_count(c.max_pixels, t, 1); },
     [](const Config& c) { return std::to_string(c.max_pixels); }},
    {"max_frames", "300", "Longest animation, in frames.", false,
     [](Config& c, const std::string& t) { return read_count(c.max_frames, t, 1, 100'000); },
     [](const Config& c) { return std::to_string(c.max_frames); }},
    {"max_upload", "64MiB", "Largest file of one image.", false,
     [](Config& c, const std::string& t) { return read_size(c.max_upload, t, 1); },
     [](const Config& c) { return format_size(c.max_upload); }},
    {"max_images", "500", "Most images in one request.", false,
     [](Config& c, const std::string& t) { return read_count(c.max_images, t, 1, 100'000); },
     [](const Config& c) { return std::to_string(c.max_images); }},
    {"max_connections", "2000", "Most open connections.", false,
     [](Config& c, const std::string& t) { return read_count(c.max_connections, t, 1, 1'000'000); },
     [](const Config& c) { return std::to_string(c.max_connections); }},
    {"http_threads", "0", "Threads that serve sockets; 0: as many as cores, at most 4.", false,
     [](Config& c, const std::string& t) { return read_count(c.http_threads, t, 0, 64); },
     [](const Config& c) { return std::to_string(c.http_threads); }},
    {"idle_timeout", "30s", "How long a connection may be silent.", false,
     [](Config& c, const std::string& t) { return read_duration(c.idle_timeout, t, milliseconds(100)); },
     [](const Config& c) { return format_duration(c.idle_timeout); }},
    {"request_timeout", "10m", "How long a request may take to arrive.", false,
     [](Config& c, const std::string& t) { return read_duration(c.request_timeout, t, milliseconds(100)); },
     [](const Config& c) { return format_duration(c.request_timeout); }},
    {"session_ttl", "24h", "How long a session lives after its last use.", false,
     [](Config& c, const std::string& t) { return read_duration(c.session_ttl, t, milliseconds(100)); },
     [](const Config& c) { return format_duration(c.session_ttl); }},
    {"retention", "90d", "How long finished jobs and ended sessions are kept as rows; 0: for ever.", false,
     [](Config& c, const std::string& t) { return read_duration(c.retention, t, milliseconds(0)); },
     [](const Config& c) { return c.retention == milliseconds(0) ? std::string("0") : format_duration(c.retention); }},
    {"result_ttl", "1h", "How long a result of /v1/optimize is kept for its URL.", false,
     [](Config& c, const std::string& t) { return read_duration(c.result_ttl, t, milliseconds(100)); },
     [](const Config& c) { return format_duration(c.result_ttl); }},
    {"idempotency_ttl", "24h", "How long the answer to a request with an Idempotency-Key is given again.", false,
     [](Config& c, const std::string& t) { return read_duration(c.idempotency_ttl, t, milliseconds(100)); },
     [](const Config& c) { return format_duration(c.idempotency_ttl); }},
    {"reservation_ttl", "15m", "How long credits reserved by /v1/credits/check stay reserved.", false,
     [](Config& c, const std::string& t) { return read_duration(c.reservation_ttl, t, milliseconds(100)); },
     [](const Config& c) { return format_duration(c.reservation_ttl); }},
    {"webhook_retries", "0s,5s,5m,30m,2h,5h,10h,14h,20h,24h",
     "Waits before the tries to deliver a webhook, one a try; the first counts from the event.", false,
     [](Config& c, const std::string& t) { return read_retries(c.webhook_retries, t); },
     [](const Config& c) { return format_retries(c.webhook_retries); }},
    {"webhook_timeout", "15s", "How long a webhook's receiver may take to answer.", false,
     [](Config& c, const std::string& t) { return read_duration(c.webhook_timeout, t, milliseconds(100)); },
     [](const Config& c) { return format_duration(c.webhook_timeout); }},
    {"secret_overlap", "24h", "How long the secret before still signs after a rotation.", false,
     [](Config& c, const std::string& t) { return read_duration(c.secret_overlap, t, milliseconds(0)); },
     [](const Config& c) { return format_duration(c.secret_overlap); }},
    {"signup", "closed", "closed, or open: whether anybody may make an account by POST /v1/accounts.", false,
     [](Config& c, const std::string& t) { return read_choice(c.signup, t, {"closed", "open"}); },
     [](const Config& c) { return c.signup; }},
    {"rate_limits", "on", "on, or off: no limits on how often and how much at once anybody may ask.", false,
     [](Config& c, const std::string& t) { return read_switch(c.rate_limits, t); },
     [](const Config& c) { return std::string(c.rate_limits ? "on" : "off"); }},
    {"anonymous_rate", "600", "Requests without an API key that one address may make in a minute; 0: any number.",
     false, [](Config& c, const std::string& t) { return read_count(c.anonymous_rate, t, 0, 1'000'000); },
     [](const Config& c) { return std::to_string(c.anonymous_rate); }},
    {"key_rate_share", "100", "Percent of its plan's requests a minute that one key may use; 100: all of them.", false,
     [](Config& c, const std::string& t) { return read_count(c.key_rate_share, t, 1, 100); },
     [](const Config& c) { return std::to_string(c.key_rate_share); }},
    {"trusted_proxies", "(none)",
     "Proxies (addresses or CIDR, commas between) whose X-Forwarded-For tells the client's address.", false,
     [](Config& c, const std::string& t) { return read_list(c.trusted_proxies, t); },
     [](const Config& c) { return format_list(c.trusted_proxies); }},
    {"signup_rate", "5", "Sign-ups that one address may make a minute; 0: any number.", false,
     [](Config& c, const std::string& t) { return read_count(c.signup_rate, t, 0, 60'000); },
     [](const Config& c) { return std::to_string(c.signup_rate); }},
    {"signup_command", "(none)",
     "Program and arguments (commas between, or a JSON array) run for each sign-up; the account is in its environment.",
     false, [](Config& c, const std::string& t) { return read_command(c.signup_command, t); },
     [](const Config& c) { return format_words(c.signup_command); }},
    {"allowed_networks", "(none)",
     "Networks (CIDR, commas between) that image URLs and webhooks may reach although they are private.", false,
     [](Config& c, const std::string& t) { return read_list(c.allowed_networks, t); },
     [](const Config& c) { return format_list(c.allowed_networks); }},
    {"database", "sqlite", "Where rows live: sqlite, in the data folder.", true,
     [](Config& c, const std::string& t) { return read_only_value(c.database, t, "sqlite", "PostgreSQL comes later"); },
     [](const Config& c) { return c.database; }},
    {"blobs", "disk", "Where files live: disk, in the data folder.", true,
     [](Config& c, const std::string& t) { return read_only_value(c.blobs, t, "disk", "S3 comes later"); },
     [](const Config& c) { return c.blobs; }},
    {"vision.provider", "local", "What looks at pictures: local.", false,
     [](Config& c, const std::string& t) { return read_choice(c.vision_provider, t, {"local"}); },
     [](const Config& c) { return c.vision_provider; }},
    {"cors_origins", "(none)", "Origins of web pages that may call the API (commas between), or *.", false,
     [](Config& c, const std::string& t) { return read_list(c.cors_origins, t); },
     [](const Config& c) { return format_list(c.cors_origins); }},
    {"log_level", "info", "debug, info, warn or error.", false,
     [](Config& c, const std::string& t) { return read_choice(c.log_level, t, {"debug", "info", "warn", "error"}); },
     [](const Config& c) { return c.log_level; }},
    {"log_format", "auto", "json, text, or auto: text on a terminal, else json.", false,
     [](Config& c, const std::string& t) { return read_choice(c.log_format, t, {"auto", "json", "text"}); },
     [](const Config& c) { return c.log_format; }},
};

const ConfigKey* find_key(const std::string& name) {
  const auto at = std::find_if(kKeys.begin(), kKeys.end(), [&](const ConfigKey& key) { return key.name == name; });
  return at == kKeys.end() ? nullptr : &*at;
}

Result<void> put(Config& config, const ConfigKey& key, const std::string& text, const std::string& where) {
  const std::string problem = key.read(config, text);
  if (!problem.empty()) {
    const std::string shown = key.secret ? "(not shown)" : "\"" + text + "\"";
    return fail(
        {ErrorCode::kInvalidField, std::string(key.name) + " (" + where + ", now " + shown + ") " + problem + "."});
  }
  return {};
}

/// A TOML value as the text that the environment would have; nullopt for tables and dates.
std::optional<std::string> toml_text(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) {
    return text;
  }
  if (const auto number = node.value_exact<std::int64_t>()) {
    return std::to_string(*number);
  }
  if (const auto flag = node.value_exact<bool>()) {
    return *flag ? "on" : "off";
  }
  const toml::array* list = node.as_array();
  if (list == nullptr) {
    return std::nullopt;
  }
  std::vector<std::string> items;
  for (const toml::node& item : *list) {
    items.push_back(item.value_or<std::string>(""));
  }
  return format_words(items);
}

Result<void> put_table(Config& config, const toml::table& table, const std::string& prefix, const std::string& file) {
  for (const auto& [name, node] : table) {
    const std::string key_name = prefix + std::string(name.str());
    if (key_name == "plans") {
      if (Result<void> done = read_plans(config.plans, node, file); !done) {
        return done;
      }
      continue;
    }
    if (const toml::table* inner = node.as_table()) {
      if (Result<void> done = put_table(config, *inner, key_name + ".", file); !done) {
        return done;
      }
      continue;
    }
    const ConfigKey* key = find_key(key_name);
    if (key == nullptr) {
      return fail({ErrorCode::kInvalidField,
                   "There is no key \"" + key_name + "\" (" + file + "). `pictor config` prints those that are."});
    }
    const std::optional<std::string> text = toml_text(node);
    if (!text) {
      return fail({ErrorCode::kInvalidField, key_name + " (" + file + ") must be a text, a number or a list."});
    }
    if (Result<void> done = put(config, *key, *text, file); !done) {
      return done;
    }
  }
  return {};
}

Result<void> put_file(Config& config, const ConfigSources& sources) {
  std::ifstream stream(sources.file);
  if (!stream) {
    if (sources.file_must_exist) {
      return fail({ErrorCode::kInvalidField, "The configuration file " + sources.file + " can't be read."});
    }
    return {};
  }
  try {
    return put_table(config, toml::parse(stream, sources.file), "", sources.file);
  } catch (const toml::parse_error& problem) {
    std::ostringstream where;
    where << sources.file << ", line " << problem.source().begin.line << ": " << problem.description();
    return fail({ErrorCode::kInvalidField, "The configuration file is not TOML (" + where.str() + ")."});
  }
}

}  // namespace

const std::vector<ConfigKey>& config_keys() { return kKeys; }

std::string environment_name(std::string_view key) {
  std::string name = "PICTOR_";
  for (const char c : key) {
    if (c == '.') {
      name += "__";
    } else {
      name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
  }
  return name;
}

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (text.starts_with("PICTOR_") && equals != std::string_view::npos) {
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return variables;
}

Result<LoadedConfig> load_config(const ConfigSources& sources) {
  LoadedConfig loaded;
  if (const Result<void> done = put_file(loaded.config, sources); !done) {
    return fail(done.error());
  }
  std::map<std::string, std::string> left = sources.environment;
  left.erase("PICTOR_CONFIG");
  for (const ConfigKey& key : kKeys) {
    const std::string variable = environment_name(key.name);
    if (const auto at = left.find(variable); at != left.end()) {
      if (const Result<void> done = put(loaded.config, key, at->second, variable); !done) {
        return fail(done.error());
      }
      left.erase(at);
    }
    if (const auto at = sources.flags.find(std::string(key.name)); at != sources.flags.end()) {
      if (const Result<void> done = put(loaded.config, key, at->second, "flag"); !done) {
        return fail(done.error());
      }
    }
  }
  for (const auto& [name, value] : left) {
    loaded.warnings.push_back(name + " is set but means nothing to this version.");
  }
  return loaded;
}

std::string print_config(const Config& config) {
  std::ostringstream text;
  for (const ConfigKey& key : kKeys) {
    const std::string value = key.show(config);
    std::string quoted;
    for (const char c :
         key.secret && !value.empty() && value.find("://") != std::string::npos ? std::string("********") : value) {
      quoted += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    }
    text << "# " << key.doc << " Default: " << key.fallback << ". " << environment_name(key.name) << "\n"
         << key.name << " = \"" << quoted << "\"\n\n";
  }
  text << print_plans(config.plans);
  return text.str();
}

}  // namespace pictor::app
