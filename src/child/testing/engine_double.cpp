// A stand-in for pictor-engine: the real fork server, sandbox and loop, with operations that do what the "picture" says
// in plain words. Only the pool's tests run it.

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "child/fork_server.hpp"

namespace pictor::child {
namespace {

/// Lives in memory that all children share, so that something can go wrong once and then right.
struct Shared {
  std::atomic<int> tries{0};
};

std::string words_of(int input) {
  std::array<char, 256> buffer{};
  const ssize_t got = ::pread(input, buffer.data(), buffer.size(), 0);
  return {buffer.data(), static_cast<std::size_t>(got < 0 ? 0 : got)};
}

void write_text(int descriptor, const std::string& text) {
  if (::write(descriptor, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("write");
  }
}

/// The descriptor of the child's channel: the first socket after the standard streams.
int channel_descriptor() {
  for (int descriptor = 3; descriptor < 64; ++descriptor) {
    struct stat status{};
    if (::fstat(descriptor, &status) == 0 && S_ISSOCK(status.st_mode)) {
      return descriptor;
    }
  }
  return -1;
}

void send_raw(const void* bytes, std::size_t size) {
  if (::write(channel_descriptor(), bytes, size) < 0) {
    ::_exit(3);
  }
}

class ObedientOperations final : public Operations {
 public:
  explicit ObedientOperations(Shared& shared) : shared_(&shared) {}

  Result<domain::ImageInfo> probe(int input) override {
    const std::string words = words_of(input);
    if (Result<void> obeyed = obey(words); !obeyed) {
      return fail(obeyed.error());
    }
    domain::ImageInfo info;
    info.width = words == "huge" ? 60'000 : 640;
    info.height = words == "huge" ? 60'000 : 480;
    info.icc_profile = words == "pid" ? std::to_string(::getpid()) : "";
    return info;
  }

  Result<domain::PreviewResult> preview(int input, const domain::ImageInfo& info, int thumbnail) override {
    if (Result<void> obeyed = obey(words_of(input)); !obeyed) {
      return fail(obeyed.error());
    }
    write_text(thumbnail, "thumbnail");
    return domain::PreviewResult{info, 999'999};  // not what was written: the server must look itself
  }

  Result<domain::Facts> look(int input, const domain::ImageInfo& info) override {
    if (Result<void> obeyed = obey(words_of(input)); !obeyed) {
      return fail(obeyed.error());
    }
    domain::Facts facts;
    facts.subject.label = "dog";
    facts.width = info.width;
    return facts;
  }

  Result<domain::RenderResult> render(int input, const domain::ImageInfo& info, const domain::RenderRequest& request,
                                      std::span<const int> outputs,
                                      const std::function<void(const std::string&)>& on_step) override {
    const std::string words = words_of(input);
    on_step("decoding");
    // Before the misdeed: a retry must not find half of an earlier file.
    for (const int output : outputs) {
      write_text(output, "rendered");
    }
    if (Result<void> obeyed = obey(words); !obeyed) {
      return fail(obeyed.error());
    }
    on_step("encoding");
    domain::RenderResult result;
    for (const domain::RenderTarget& target : request.targets) {
      result.files.push_back({.name = target.name, .width = info.width, .height = info.height, .bytes = 1});
    }
    if (words == "lie about files") {
      result.files.pop_back();
    }
    return result;
  }

 private:
  Result<void> obey(const std::string& words) {
    const bool is_first = shared_->tries.fetch_add(1) == 0;
    if (words == "crash" || (words == "crash once" && is_first)) {
      ::raise(SIGSEGV);
    } else if (words == "exit") {
      ::_exit(0);
    } else if (words == "hang" || (words == "hang once" && is_first)) {
      std::this_thread::sleep_for(std::chrono::hours(1));
    } else if (words.starts_with("sleep ")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(std::atoi(words.c_str() + 6)));
    } else if (words == "garbage") {
      send_raw("GET / HTTP/1.1\r\n\r\n", 18);
    } else if (words == "giant frame") {
      send_raw("\xff\xff\xff\x7f\x03\x00", 6);
    } else if (words == "flood") {
      while (true) {
        send_raw("\x0a\0\0\0\x02\0{\"step\":1}", 16);
      }
    } else if (words == "memory") {
      throw_away_memory();
    } else if (words == "throw") {
      throw std::runtime_error("/secret/path went wrong");
    } else if (words == "too many frames") {
      return fail({ErrorCode::kAnimationTooLong, "The animation has 400 frames; 300 are allowed.", "double"});
    }
    return {};
  }

  /// Until the limit says no.
  static void throw_away_memory() {
    static constexpr std::size_t kPiece = 16U << 20U;
    while (true) {
      void* piece = ::mmap(nullptr, kPiece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (piece == MAP_FAILED) {
        throw std::bad_alloc();
      }
    }
  }

  Shared* shared_;
};

Result<Loaded> load_double(const engine::EngineSettings& settings) {
  if (settings.models == "broken") {
    return fail_internal("the double was told to be broken");
  }
  void* page = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) {
    return fail_internal("mmap");
  }
  Loaded loaded;
  loaded.operations = std::make_unique<ObedientOperations>(*new (page) Shared);
  loaded.vision = "double";
  return loaded;
}

}  // namespace
}  // namespace pictor::child

int main() { return pictor::child::run_fork_server(pictor::child::load_double); }
