#pragma once

#include <array>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <unistd.h>
#include <vector>

#include "base/encoding.hpp"
#include "domain/ports/describer.hpp"
#include "domain/ports/image_engine.hpp"
#include "domain/ports/url_fetcher.hpp"
#include "service/accounts.hpp"
#include "service/authenticator.hpp"
#include "service/credits.hpp"
#include "service/exports.hpp"
#include "service/intake.hpp"
#include "service/item_worker.hpp"
#include "service/job_requests.hpp"
#include "service/keys.hpp"
#include "service/optimizer.hpp"
#include "service/reviews.hpp"
#include "service/sessions.hpp"
#include "storage/blobs/disk/disk_blob_store.hpp"
#include "storage/sqlite/sqlite_account_store.hpp"
#include "storage/sqlite/sqlite_job_store.hpp"
#include "storage/sqlite/sqlite_ledger.hpp"
#include "storage/sqlite/sqlite_session_store.hpp"

/// Doubles of what the use cases stand on, and a house of the real store around them.
namespace pictor::service::testing {

/// Reads pictures that are text: `IMG 640x480 anything`. One that says `broken` can be probed but not decoded; all
/// other bytes are no picture. Outputs are `OUT` and the width.
class FakeEngine final : public domain::ImageEngine {
 public:
  Result<domain::ImageInfo> probe(int input) override {
    const std::string text = text_of(input);
    const std::size_t times = text.find('x');
    if (!text.starts_with("IMG ") || times == std::string::npos) {
      return fail({ErrorCode::kUnsupportedMediaType, "This is no picture."});
    }
    domain::ImageInfo info;
    info.format = domain::ImageFormat::kJpeg;
    std::from_chars(text.data() + 4, text.data() + times, info.width);
    std::from_chars(text.data() + times + 1, text.data() + text.size(), info.height);
    if (text.find("copyright") != std::string::npos) {
      info.embedded.copyright = "(c) the upload";
    }
    return info;
  }
  Result<domain::PreviewResult> preview(int input, const domain::ImageInfo& info, int thumbnail) override {
    ++previews;
    if (text_of(input).find("unseen") != std::string::npos) {
      return domain::PreviewResult{info, 0};
    }
    domain::PreviewResult result{info, ::pwrite(thumbnail, "thumb", 5, 0)};
    result.info.perceptual_hash = "0123456789abcdef";
    return result;
  }
  Result<domain::Facts> look(int input, const domain::ImageInfo& info, std::stop_token stop,
                             const domain::EngineTurn& /*turn*/) override {
    ++looks;
    if (Result<void> open = pass_gate(input, stop); !open) {
      return fail(open.error());
    }
    domain::Facts facts;
    facts.width = info.width;
    facts.height = info.height;
    return facts;
  }
  Result<domain::RenderResult> render(int input, const domain::ImageInfo& info, const domain::RenderRequest& request,
                                      std::span<const int> outputs, std::stop_token stop,
                                      const std::function<void(const std::string&)>& on_step,
                                      const domain::EngineTurn& /*turn*/) override {
    ++renders;
    if (Result<void> open = pass_gate(input, stop); !open) {
      return fail(open.error());
    }
    if (on_step) {
      on_step("encoding");
    }
    {
      const std::scoped_lock lock(mutex_);
      requests.push_back(request);
    }
    domain::RenderResult result;
    result.warnings = {"metadata_not_written"};
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      domain::RenderedFile file;
      file.name = request.targets[i].name;
      file.format = request.settings.format;
      file.width = std::min(info.width, request.targets[i].width.value_or(info.width));
      file.height = info.height * file.width / info.width;
      const std::string text = "OUT " + std::to_string(file.width) + " " + text_of(input);
      file.bytes = ::pwrite(outputs[i], text.data(), text.size(), 0);
      file.encoder = "fake";
      file.passthrough = passes_through;
      result.files.push_back(file);
    }
    return result;
  }
  bool ready() override { return true; }

  /// From now on, looks and renders wait until they are stopped or let go.
  void close_gate() {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
  }
  void open_gate() {
    {
      const std::scoped_lock lock(mutex_);
      closed_ = false;
    }
    changed_.notify_all();
  }
  /// Waits until so many calls stand at the gate.
  bool wait_for_waiting(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return waiting_ >= count; });
  }

  std::atomic<int> previews{0};
  std::atomic<int> looks{0};
  std::atomic<int> renders{0};
  std::atomic<int> overloads{0};                ///< so many further calls have no room
  std::atomic<bool> passes_through{false};      ///< as if the source were the smallest
  std::atomic<bool> throws{false};              ///< as if memory ran out
  std::vector<domain::RenderRequest> requests;  ///< as rendered; read it when nothing runs

 private:
  static std::string text_of(int input) {
    std::array<char, 256> buffer{};
    const ssize_t count = ::pread(input, buffer.data(), buffer.size(), 0);
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  }
  Result<void> pass_gate(int input, const std::stop_token& stop) {
    if (throws) {
      throw std::bad_alloc();
    }
    if (overloads > 0) {
      --overloads;
      return fail({ErrorCode::kOverloaded, "No room."});
    }
    const std::stop_callback wake(stop, [this] { changed_.notify_all(); });
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    while (closed_ && !stop.stop_requested()) {
      changed_.wait_for(lock, std::chrono::milliseconds(20));
    }
    --waiting_;
    if (stop.stop_requested()) {
      return fail({ErrorCode::kCancelled, "Stopped."});
    }
    if (text_of(input).find("broken") != std::string::npos) {
      return fail({ErrorCode::kImageUnreadable, "The picture is damaged."});
    }
    return {};
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;
  int waiting_ = 0;
};

/// Every address that holds `good` gives a picture named after it.
class FakeFetcher final : public domain::UrlFetcher {
 public:
  Result<Fetched> fetch(const std::string& url, std::int64_t max_bytes,
                        const std::function<Result<void>(std::span<const std::uint8_t>)>& sink) override {
    if (url.find("good") == std::string::npos) {
      return fail({ErrorCode::kUrlNotAllowed, "This address may not be fetched."});
    }
    const std::string body = "IMG 320x200 " + url;
    if (static_cast<std::int64_t>(body.size()) > max_bytes) {
      return fail({ErrorCode::kPayloadTooLarge, "Too large."});
    }
    if (Result<void> taken = sink(as_bytes(body)); !taken) {
      return fail(taken.error());
    }
    return Fetched{"from-afar.jpg", static_cast<std::int64_t>(body.size())};
  }
};

class FakeDescriber final : public domain::Describer {
 public:
  [[nodiscard]] Result<domain::Metadata> describe(const domain::Facts& facts, const domain::AnalyzeOptions& options,
                                                  const domain::EmbeddedMetadata& /*embedded*/,
                                                  const std::string& /*original_filename*/) const override {
    domain::Metadata metadata;
    metadata.alt = "A picture " + std::to_string(facts.width) + " wide";
    metadata.filename = "a-picture";
    metadata.language = options.language;
    metadata.facts = facts;
    return metadata;
  }
  [[nodiscard]] bool speaks(const std::string& language) const override { return language == "en"; }
  [[nodiscard]] std::vector<std::string> languages() const override { return {"en"}; }
};

inline Json problem_of(const Error& error) {
  return {{"code", std::string(error_code_name(error.code))}, {"detail", error.public_message}};
}

/// Ends the program when something that a test stands on fails.
inline void must(const Result<void>& result) {
  if (!result) {
    std::fprintf(stderr, "test: %s %s\n", result.error().public_message.c_str(),
                 result.error().private_message.c_str());
    std::abort();
  }
}

/// A folder that goes with this object.
struct TemporaryFolder {
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "pictor-service-XXXXXX").string();
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

/// Every use case over SQLite and files in a temporary folder, with an account. `value()` throws where a test stands
/// on sand.
class House {
 public:
  static constexpr milliseconds kDay{86'400'000};

  House() {
    const auto made = registry.create_account("Test", "test@example.org", "Free").value();
    key_text = made.key_text;
    who = {made.account.id, made.key.id, made.key.scopes, made.account.plan};
  }

  /// A second account.
  [[nodiscard]] domain::Principal stranger() {
    const auto made = registry.create_account("Other", "other@example.org", "Free").value();
    return {made.account.id, made.key.id, made.key.scopes, made.account.plan};
  }
  [[nodiscard]] Incoming incoming(const std::string& filename, const std::string& bytes) {
    auto pending = blobs->begin().value();
    must(pending->write(as_bytes(bytes)));
    return {filename, pending->commit().value(), "", std::nullopt};
  }
  /// A session of pictures of their own bytes, 2,000 × 1,000 px, by their file names.
  [[nodiscard]] SessionView upload(const std::vector<std::string>& names) {
    std::vector<Incoming> images;
    for (const std::string& name : names) {
      images.push_back(incoming(name, "IMG 2000x1000 " + name + std::to_string(images.size())));
    }
    return sessions.create(who, images).value();
  }
  domain::Job start_analyze(const SessionView& view, bool force = false) {
    AnalyzeRequest request;
    request.session = view.session.id.str();
    request.options.force = force;
    return requests.analyze(who, request).value();
  }
  domain::Job start_export(const SessionView& view, const std::string& settings = "{}") {
    const Json body{{"sessionId", view.session.id.str()}, {"settings", parse_json(settings).value()}};
    return requests.start_export(who, parse_export_request(body).value()).value();
  }
  /// Does everything that waits, on this thread. @return how many items
  int work_all() {
    int count = 0;
    while (const std::optional<domain::Lease> lease = job_store.lease_next(clock.now(), milliseconds(60'000)).value()) {
      must(worker.work(*lease, {}));
      ++count;
    }
    return count;
  }
  [[nodiscard]] domain::Job job(const domain::Job& started) { return job_store.find(who.account, started.id).value(); }
  [[nodiscard]] std::vector<domain::JobEvent> events(const domain::Job& started) {
    return job_store.events(started.id, 0, 10'000).value();
  }

  TemporaryFolder folder;
  ManualClock clock;
  FakeEngine engine;
  FakeFetcher fetcher;
  FakeDescriber describer;
  std::unique_ptr<storage::SqliteDatabase> database = storage::SqliteDatabase::open(folder.path + "/pictor.db").value();
  std::unique_ptr<storage::DiskBlobStore> blobs = storage::DiskBlobStore::open_folder(folder.path + "/files").value();
  storage::SqliteAccountStore accounts{*database};
  storage::SqliteSessionStore session_store{*database};
  storage::SqliteJobStore job_store{*database};
  storage::SqliteLedger ledger{*database};
  std::string pepper = std::string(32, 'p');
  Authenticator authenticator{accounts, clock, pepper};
  AccountRegistry registry{accounts, clock, pepper, domain::shipped_plans(), &ledger};
  Keys keys{accounts, clock, pepper, domain::shipped_plans()};
  Intake intake{*blobs, engine, fetcher, clock, IntakeLimits{}};
  Sessions sessions{session_store, *blobs, intake, clock, kDay};
  Reviews reviews{session_store, clock, kDay};
  JobRequests requests{session_store, job_store, describer, clock, kDay, [](const std::string& url) -> Result<void> {
                         return url.find("forbidden") == std::string::npos
                                    ? Result<void>()
                                    : fail({ErrorCode::kUrlNotAllowed, "This address is not allowed."});
                       }};
  Jobs jobs{job_store, clock};
  Exports exports{job_store, session_store, *blobs, clock, std::string(32, 'l'), kDay};
  Optimizer optimizer{intake, session_store,          *blobs, engine, describer, job_store, ledger,
                      clock,  milliseconds(3'600'000)};
  Credits credits{ledger, accounts, domain::shipped_plans(), clock, milliseconds(900'000)};
  ItemWorker worker{session_store, job_store, *blobs, engine, describer, &problem_of, clock};
  Accounts account_service{accounts, ledger, session_store,           *blobs,
                           registry, clock,  domain::shipped_plans(), SignupRules{.is_open = true, .per_minute = 3}};
  domain::Principal who;
  std::string key_text;
};

}  // namespace pictor::service::testing
