#pragma once

#include <arpa/inet.h>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "base/encoding.hpp"
#include "http/api.hpp"
#include "http/server.hpp"
#include "storage/blobs/disk/disk_blob_store.hpp"
#include "storage/sqlite/sqlite_account_store.hpp"
#include "storage/sqlite/sqlite_idempotency_store.hpp"
#include "storage/sqlite/sqlite_job_store.hpp"
#include "storage/sqlite/sqlite_ledger.hpp"
#include "storage/sqlite/sqlite_session_store.hpp"
#include "storage/sqlite/sqlite_units_of_work.hpp"

/// A whole server in this process: the real store under the use cases, an engine that only looks at the first bytes.
namespace pictor::http::testing {

/// A "picture" is anything that begins with `IMG`.
class FakeEngine final : public domain::ImageEngine {
 public:
  Result<domain::ImageInfo> probe(int input) override {
    char magic[3] = {};
    if (::pread(input, magic, 3, 0) != 3 || std::string_view(magic, 3) != "IMG") {
      return fail({ErrorCode::kUnsupportedMediaType, "This is no picture."});
    }
    domain::ImageInfo info;
    info.width = 40;
    info.height = 30;
    return info;
  }
  Result<domain::PreviewResult> preview(int /*input*/, const domain::ImageInfo& info, int thumbnail) override {
    const bool written = ::pwrite(thumbnail, "thumb", 5, 0) == 5;
    return domain::PreviewResult{info, written ? 5 : 0};
  }
  Result<domain::Facts> look(int /*input*/, const domain::ImageInfo& /*info*/, std::stop_token /*stop*/,
                             const domain::EngineTurn& /*turn*/) override {
    return domain::Facts{};
  }
  Result<domain::RenderResult> render(int /*input*/, const domain::ImageInfo& /*info*/,
                                      const domain::RenderRequest& request, std::span<const int> outputs,
                                      std::stop_token /*stop*/,
                                      const std::function<void(const std::string&)>& /*on_step*/,
                                      const domain::EngineTurn& /*turn*/) override {
    domain::RenderResult result;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (::pwrite(outputs[i], "RIFFsmall", 9, 0) != 9) {
        return fail_internal("pwrite");
      }
      domain::RenderedFile file;
      file.name = request.targets[i].name;
      file.width = 40;
      file.height = 30;
      file.bytes = 9;
      file.encoder = "fake";
      result.files.push_back(file);
    }
    return result;
  }
  bool ready() override { return true; }
};

class FakeFetcher final : public domain::UrlFetcher {
 public:
  Result<Fetched> fetch(const std::string& /*url*/, std::int64_t /*max_bytes*/,
                        const std::function<Result<void>(std::span<const std::uint8_t>)>& sink) override {
    if (Result<void> taken = sink(as_bytes("IMG from afar")); !taken) {
      return fail(taken.error());
    }
    return Fetched{"afar.jpg", 13};
  }
};

class FakeDescriber final : public domain::Describer {
 public:
  [[nodiscard]] Result<domain::Metadata> describe(const domain::Facts& /*facts*/,
                                                  const domain::AnalyzeOptions& /*options*/,
                                                  const domain::EmbeddedMetadata& /*embedded*/,
                                                  const std::string& /*original_filename*/) const override {
    domain::Metadata metadata;
    metadata.alt = "A picture.";
    return metadata;
  }
  [[nodiscard]] bool speaks(const std::string& language) const override { return language == "en"; }
  [[nodiscard]] std::vector<std::string> languages() const override { return {"en"}; }
};

/// Ends the program when something that a test stands on fails.
inline void must(const Result<void>& result) {
  if (!result) {
    std::fprintf(stderr, "test server: %s\n", result.error().public_message.c_str());
    std::abort();
  }
}

/// A folder that goes with this object.
struct TemporaryFolder {
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "pictor-http-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string path;
};

class TestServer {
 public:
  explicit TestServer(ServerConfig server_config = {}, ApiConfig api_config = {}) {
    database = storage::SqliteDatabase::open(folder.path + "/pictor.db").value();
    blobs = storage::DiskBlobStore::open_folder(folder.path + "/files").value();
    accounts = std::make_unique<storage::SqliteAccountStore>(*database);
    session_store = std::make_unique<storage::SqliteSessionStore>(*database);
    job_store = std::make_unique<storage::SqliteJobStore>(*database);
    idempotency_store = std::make_unique<storage::SqliteIdempotencyStore>(*database);
    units = std::make_unique<storage::SqliteUnitsOfWork>(*database);
    ledger = std::make_unique<storage::SqliteLedger>(*database);
    const std::string pepper(32, 'p');
    const milliseconds day(86'400'000);
    authenticator = std::make_unique<service::Authenticator>(*accounts, clock, pepper);
    registry =
        std::make_unique<service::AccountRegistry>(*accounts, clock, pepper, domain::shipped_plans(), ledger.get());
    intake = std::make_unique<service::Intake>(*blobs, engine, fetcher, clock,
                                               service::IntakeLimits{api_config.limits.max_upload});
    sessions = std::make_unique<service::Sessions>(*session_store, *blobs, *intake, clock, day);
    reviews = std::make_unique<service::Reviews>(*session_store, clock, day);
    job_requests = std::make_unique<service::JobRequests>(*session_store, *job_store, describer, clock, day,
                                                          [](const std::string&) { return Result<void>(); });
    jobs = std::make_unique<service::Jobs>(*job_store, clock);
    exports = std::make_unique<service::Exports>(*job_store, *session_store, *blobs, clock, std::string(32, 'l'));
    optimizer = std::make_unique<service::Optimizer>(*intake, *session_store, *blobs, engine, describer, *job_store,
                                                     *ledger, clock, milliseconds(3'600'000));
    idempotent_requests = std::make_unique<service::IdempotentRequests>(
        *idempotency_store, *units, *blobs,
        [this](const domain::BlobId& id) { return session_store->is_blob_named(id); }, clock, pepper, day);
    credits =
        std::make_unique<service::Credits>(*ledger, *accounts, domain::shipped_plans(), clock, milliseconds(900'000));
    estimates = std::make_unique<service::Estimates>(*session_store, clock, 2);
    account_service =
        std::make_unique<service::Accounts>(*accounts, *ledger, *session_store, *blobs, *registry, clock,
                                            domain::shipped_plans(), service::SignupRules{.is_open = true});
    keys = std::make_unique<service::Keys>(*accounts, clock, pepper, domain::shipped_plans());
    api = std::make_unique<Api>(
        std::move(api_config), Services{*authenticator, *sessions, *reviews, *job_requests, *jobs, *exports, *optimizer,
                                        *credits, *estimates, *blobs, *idempotent_requests, *account_service, *keys});
    job_store->on_change([this](const domain::JobId& job) { api->notify(job); });
    server_config.listen =
        std::getenv("PICTOR_TEST_LISTEN") != nullptr ? std::getenv("PICTOR_TEST_LISTEN") : "127.0.0.1:0";
    server = std::make_unique<Server>(server_config, *api);
    must(server->start());
    key = registry->create_account("Test", "test@example.org", "Free").value().key_text;
  }

  /// Temporary files that uploads have open or left behind.
  [[nodiscard]] int temporary_files() const {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path + "/files/tmp")) {
      count += entry.is_regular_file() ? 1 : 0;
    }
    return count;
  }

  TemporaryFolder folder;
  SystemClock clock;
  FakeEngine engine;
  FakeFetcher fetcher;
  FakeDescriber describer;
  std::unique_ptr<storage::SqliteDatabase> database;
  std::unique_ptr<storage::DiskBlobStore> blobs;
  std::unique_ptr<storage::SqliteAccountStore> accounts;
  std::unique_ptr<storage::SqliteSessionStore> session_store;
  std::unique_ptr<storage::SqliteJobStore> job_store;
  std::unique_ptr<storage::SqliteIdempotencyStore> idempotency_store;
  std::unique_ptr<storage::SqliteUnitsOfWork> units;
  std::unique_ptr<storage::SqliteLedger> ledger;
  std::unique_ptr<service::Authenticator> authenticator;
  std::unique_ptr<service::AccountRegistry> registry;
  std::unique_ptr<service::Accounts> account_service;
  std::unique_ptr<service::Keys> keys;
  std::unique_ptr<service::Intake> intake;
  std::unique_ptr<service::Sessions> sessions;
  std::unique_ptr<service::Reviews> reviews;
  std::unique_ptr<service::JobRequests> job_requests;
  std::unique_ptr<service::Jobs> jobs;
  std::unique_ptr<service::Exports> exports;
  std::unique_ptr<service::Optimizer> optimizer;
  std::unique_ptr<service::IdempotentRequests> idempotent_requests;
  std::unique_ptr<service::Credits> credits;
  std::unique_ptr<service::Estimates> estimates;
  std::unique_ptr<Api> api;
  std::unique_ptr<Server> server;
  std::string key;
};

/// Raw bytes over a socket, so that a test can be as rude as it likes.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  [[nodiscard]] bool connected() const { return connected_; }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  /// Reads until `text` has come, the other side closes, or the time is over.
  std::string read_until(std::string_view text, int limit_ms = 5'000) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(limit_ms);
    while (received_.find(text) == std::string::npos) {
      const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
      pollfd ready{socket_.get(), POLLIN, 0};
      if (rest.count() <= 0 || ::poll(&ready, 1, static_cast<int>(rest.count())) <= 0) {
        break;
      }
      char buffer[65536];
      const ssize_t count = ::recv(socket_.get(), buffer, sizeof buffer, 0);
      if (count <= 0) {
        closed_ = true;
        break;
      }
      received_.append(buffer, static_cast<std::size_t>(count));
    }
    return received_;
  }
  std::string read_all(int limit_ms = 5'000) { return read_until("\x01 never \x01", limit_ms); }
  [[nodiscard]] bool closed() const { return closed_; }
  /// Forgets what came so far.
  void clear() { received_.clear(); }
  void close() { socket_.reset(); }
  void finish_sending() { ::shutdown(socket_.get(), SHUT_WR); }

 private:
  UniqueFd socket_;
  bool connected_ = false;
  bool closed_ = false;
  std::string received_;
};

/// One request on a connection of its own; the whole answer.
inline std::string ask(std::uint16_t port, const std::string& request, int limit_ms = 5'000) {
  RawClient client(port);
  client.send(request);
  return client.read_all(limit_ms);
}

inline std::string body_of(const std::string& answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? std::string() : answer.substr(end + 4);
}
inline int status_of(const std::string& answer) { return answer.size() < 12 ? 0 : std::atoi(answer.c_str() + 9); }

}  // namespace pictor::http::testing
