#include "engine/pool/engine_pool.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "base/log.hpp"
#include "base/unique_fd.hpp"
#include "domain/render_cost.hpp"
#include "engine/pool/admission.hpp"
#include "engine/pool/engine_process.hpp"
#include "engine/pool/supervisor.hpp"
#include "engine/protocol/messages.hpp"

namespace pictor::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// A probe reads a header; what it holds is small whatever the picture.
constexpr std::int64_t kProbeBytes = 16LL << 20U;
constexpr std::int64_t kLargestChild = 4LL << 30U;
constexpr std::int64_t kSmallestChild = 512LL << 20U;
constexpr milliseconds kExitPatience{200};
/// Steps that one request may report; more is a child gone mad.
constexpr int kMaxSteps = 1'000;

using OnStep = std::function<void(const std::string&)>;

/// Why a child gave no answer.
enum class Failure { kNone, kDied, kHung, kNonsense, kCancelled };
struct Attempt {
  Failure failure = Failure::kNone;
  Result<Json> answer = Json();
  Moment ended;
};

PoolConfig with_defaults(PoolConfig config) {
  if (config.engine_path.empty()) {
    config.engine_path = engine_beside_this_program();
  }
  if (config.workers <= 0) {
    config.workers = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  }
  if (config.memory_budget <= 0) {
    config.memory_budget = memory_of_machine() / 2;
  }
  if (config.child_memory <= 0) {
    config.child_memory = std::clamp(config.memory_budget, kSmallestChild, kLargestChild);
  }
  return config;
}

Supervisor::Plan plan_of(const PoolConfig& config) {
  return {.engine_path = config.engine_path,
          .settings = {.max_pixels = config.max_pixels,
                       .max_frames = config.max_frames,
                       .models = config.models,
                       .onnxruntime = config.onnxruntime,
                       .memory_bytes = config.child_memory,
                       .file_bytes = config.output_bytes,
                       .vision = config.vision},
          .children = config.workers + 1,
          .start_timeout = config.start_timeout};
}

std::int64_t size_of(int descriptor) {
  struct stat status{};
  return ::fstat(descriptor, &status) == 0 ? status.st_size : 0;
}

/// Another open file of the same bytes, for reading only and with a position of its own: what the child does to it, and
/// what two requests for one picture do at once, does not matter.
UniqueFd reopened_for_reading(int descriptor) {
  const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
  UniqueFd again(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return again.valid() ? std::move(again) : UniqueFd(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
}

/// Empties what an earlier attempt may have begun.
Result<void> empty_outputs(std::span<const int> outputs) {
  for (const int output : outputs) {
    if (::ftruncate(output, 0) != 0 || ::lseek(output, 0, SEEK_SET) != 0) {
      return fail_internal("an output is no writable file");
    }
  }
  return {};
}

tl::unexpected<Error> fail_nonsense(const std::string& what) {
  return fail({ErrorCode::kImageUnreadable, "The picture could not be read: it ends the program that reads it.",
               "child answered nonsense: " + what});
}

/// The limits again, here: a child that was taken over must not get a picture past them.
Result<void> check_limits(const domain::ImageInfo& info, const PoolConfig& config) {
  const std::int64_t pixels = static_cast<std::int64_t>(info.width) * info.height;
  if (pixels > config.max_pixels) {
    return fail({ErrorCode::kImageTooLarge, "The picture has " + std::to_string(info.width) + " × " +
                                                std::to_string(info.height) + " pixels; at most " +
                                                std::to_string(config.max_pixels) + " in all are allowed."});
  }
  if (info.frames > config.max_frames) {
    return fail({ErrorCode::kAnimationTooLong, "The animation has " + std::to_string(info.frames) +
                                                   " frames; at most " + std::to_string(config.max_frames) +
                                                   " are allowed."});
  }
  return {};
}

/// Names and number must be what was asked for; sizes are what lies in the files.
Result<domain::RenderResult> checked_render(Result<domain::RenderResult> result, const domain::RenderRequest& request,
                                            std::span<const int> outputs) {
  if (!result) {
    return fail_nonsense(result.error().private_message);
  }
  if (result->files.size() != request.targets.size()) {
    return fail_nonsense("another number of files");
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    domain::RenderedFile& file = result->files[i];
    file.name = request.targets[i].name;
    file.bytes = size_of(outputs[i]);
    if (file.bytes == 0 || file.width < 1 || file.height < 1) {
      return fail_nonsense("an empty file");
    }
  }
  return result;
}

Lane lane_of(Operation operation) {
  return operation == Operation::kProbe || operation == Operation::kPreview ? Lane::kLight : Lane::kHeavy;
}

std::int64_t price_of(const Request& request) {
  if (!request.info) {
    return kProbeBytes;
  }
  static constexpr std::uint64_t kNever = 1ULL << 62U;
  const bool has_watermark = request.render && request.render->watermark;
  const std::uint64_t watermark = has_watermark ? request.render->watermark->info.decode_cost() : 0;
  const std::uint64_t result =
      request.render ? std::min(domain::encode_cost(*request.info, request.render->settings), kNever) : 0;
  return static_cast<std::int64_t>(std::min(request.info->decode_cost() + watermark + result, kNever));
}

}  // namespace

class EnginePool::Impl {
 public:
  explicit Impl(PoolConfig config)
      : config_(with_defaults(std::move(config))),
        admission_({config_.workers, config_.memory_budget, config_.admission_wait},
                   [this] { supervisor_.complete_children(); }),
        supervisor_(plan_of(config_), admission_) {}
  ~Impl() {
    admission_.close();
    std::unique_lock lock(callers_mutex_);
    callers_gone_.wait(lock, [&] { return callers_ == 0; });
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  /// One request with its retry. `outputs` are emptied before each attempt.
  Result<Json> ask(Request request, int input, std::span<const int> outputs, const std::stop_token& stop,
                   const OnStep& on_step, const domain::EngineTurn& turn = {});

  [[nodiscard]] const PoolConfig& config() const { return config_; }
  [[nodiscard]] const Admission& admission() const { return admission_; }
  Supervisor& supervisor() { return supervisor_; }
  [[nodiscard]] PoolStats stats() const;

 private:
  Attempt attempt(const Request& request, std::span<const int> descriptors, milliseconds limit,
                  std::optional<Moment> retry_of, const std::stop_token& stop, const OnStep& on_step,
                  const domain::EngineTurn& turn);
  Attempt converse(Child& child, const Request& request, std::span<const int> descriptors,
                   steady_clock::time_point deadline, const OnStep& on_step);
  /// Back into the pool, or replaced when it has done its share.
  void dismiss(Ticket ticket);
  /// Ends the child of a failed attempt; sorts out what it died of, and counts.
  void discard(Ticket ticket, Attempt& attempt, const Request& request);
  [[nodiscard]] milliseconds limit_of(Operation operation) const;
  static Result<Json> failed(Failure failure);

  /// Holds the pool's end back until a caller has left.
  class Presence {
   public:
    explicit Presence(Impl& impl) : impl_(&impl) {
      const std::scoped_lock lock(impl_->callers_mutex_);
      ++impl_->callers_;
    }
    ~Presence() {
      const std::scoped_lock lock(impl_->callers_mutex_);
      if (--impl_->callers_ == 0) {
        impl_->callers_gone_.notify_all();
      }
    }
    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;

   private:
    Impl* impl_;
  };

  PoolConfig config_;
  Admission admission_;
  Supervisor supervisor_;
  std::mutex callers_mutex_;
  std::condition_variable callers_gone_;
  int callers_ = 0;
  std::atomic<std::int64_t> requests_{0};
  std::atomic<std::int64_t> crashes_{0};
  std::atomic<std::int64_t> timeouts_{0};
  std::atomic<std::int64_t> retries_{0};
  std::atomic<std::int64_t> recycled_{0};
  std::atomic<std::int64_t> cancelled_{0};
};

milliseconds EnginePool::Impl::limit_of(Operation operation) const {
  switch (operation) {
    case Operation::kProbe:
      return config_.timeouts.probe;
    case Operation::kPreview:
      return config_.timeouts.preview;
    case Operation::kLook:
      return config_.timeouts.look;
    case Operation::kRender:
      break;
  }
  return config_.timeouts.render;
}

Result<Json> EnginePool::Impl::ask(Request request, int input, std::span<const int> outputs,
                                   const std::stop_token& stop, const OnStep& on_step, const domain::EngineTurn& turn) {
  const Presence presence(*this);
  ++requests_;
  const UniqueFd source = reopened_for_reading(input);
  if (!source.valid()) {
    return fail_internal("the picture's descriptor is not readable");
  }
  std::vector<int> descriptors = {source.get()};
  UniqueFd watermark;
  if (request.render && request.render->watermark) {
    watermark = reopened_for_reading(request.render->watermark->file);
    if (!watermark.valid()) {
      return fail_internal("the watermark's descriptor is not readable");
    }
    descriptors.push_back(watermark.get());
  }
  descriptors.insert(descriptors.end(), outputs.begin(), outputs.end());
  if (descriptors.size() > Channel::kMaxDescriptors) {
    return fail({ErrorCode::kInvalidField, "More sizes were asked for than one picture may have."});
  }
  milliseconds limit = limit_of(request.operation);
  // Twice the wall clock: for a second thread. The wall clock itself is watched from here.
  request.cpu_seconds = static_cast<int>(std::chrono::ceil<std::chrono::seconds>(limit * 2).count());
  Attempt last;
  for (const bool is_retry : {false, true}) {
    if (const Result<void> emptied = empty_outputs(outputs); !emptied) {
      return fail(emptied.error());
    }
    retries_ += is_retry ? 1 : 0;
    last =
        attempt(request, descriptors, limit, is_retry ? std::optional(last.ended) : std::nullopt, stop, on_step, turn);
    if (last.failure == Failure::kNone) {
      return std::move(last.answer);
    }
    if (last.failure == Failure::kCancelled) {
      ++cancelled_;
      break;
    }
    if (last.failure == Failure::kHung) {
      limit = std::min(limit, std::max(limit / 4, config_.timeouts.shortest_retry));
    }
  }
  return failed(last.failure);
}

Result<Json> EnginePool::Impl::failed(Failure failure) {
  switch (failure) {
    case Failure::kCancelled:
      return fail({ErrorCode::kCancelled, "The work was cancelled."});
    case Failure::kHung:
      return fail({ErrorCode::kProcessingTimeout, "The picture took longer than one picture may take."});
    case Failure::kNonsense:
      return fail_nonsense("twice");
    case Failure::kDied:
    case Failure::kNone:
      break;
  }
  return fail({ErrorCode::kImageUnreadable, "The picture could not be read: it ends the program that reads it.",
               "child crashed twice"});
}

Attempt EnginePool::Impl::attempt(const Request& request, std::span<const int> descriptors, milliseconds limit,
                                  std::optional<Moment> retry_of, const std::stop_token& stop, const OnStep& on_step,
                                  const domain::EngineTurn& turn) {
  Result<Ticket> ticket = admission_.admit(lane_of(request.operation), price_of(request), stop, retry_of, turn);
  if (!ticket) {
    if (ticket.error().code == ErrorCode::kCancelled) {
      return {.failure = Failure::kCancelled};
    }
    return {.answer = fail(ticket.error())};
  }
  Child& child = *ticket->child;
  Attempt result;
  {
    // Wakes the conversation; the child itself is ended below.
    const std::stop_callback on_stop(stop, [&child] { child.channel.shut_down(); });
    result = converse(child, request, descriptors, steady_clock::now() + limit, on_step);
  }
  result.ended = steady_clock::now();
  if (result.failure == Failure::kNone) {
    // A stop that came with the answer has spoilt the channel.
    stop.stop_requested() ? discard(*std::move(ticket), result, request) : dismiss(*std::move(ticket));
    return result;
  }
  if (stop.stop_requested()) {
    result.failure = Failure::kCancelled;
  }
  discard(*std::move(ticket), result, request);
  return result;
}

Attempt EnginePool::Impl::converse(Child& child, const Request& request, std::span<const int> descriptors,
                                   steady_clock::time_point deadline, const OnStep& on_step) {
  const auto failed_by = [](ChannelFault fault) {
    switch (fault) {
      case ChannelFault::kTimeout:
        return Attempt{.failure = Failure::kHung};
      case ChannelFault::kMalformed:
        return Attempt{.failure = Failure::kNonsense};
      case ChannelFault::kClosed:
      case ChannelFault::kBroken:
        break;
    }
    return Attempt{.failure = Failure::kDied};
  };
  if (const auto sent = child.channel.send(FrameType::kRequest, to_json(request), descriptors, deadline); !sent) {
    return failed_by(sent.error());
  }
  for (int steps = 0; steps < kMaxSteps; ++steps) {
    auto frame = child.channel.receive({}, deadline);
    if (!frame) {
      return failed_by(frame.error());
    }
    switch (frame->type) {
      case FrameType::kStep:
        if (const std::string step = step_from_child(frame->body); !step.empty() && on_step) {
          on_step(step);
        }
        continue;
      case FrameType::kDone:
        return {.answer = std::move(frame->body)};
      case FrameType::kError:
        return {.answer = fail(error_from_child(frame->body))};
      default:
        return {.failure = Failure::kNonsense};
    }
  }
  return {.failure = Failure::kNonsense};
}

void EnginePool::Impl::dismiss(Ticket ticket) {
  Child& child = *ticket.child;
  ++child.requests;
  if (child.requests >= config_.recycle_after || resident_bytes(child.pid) > config_.recycle_bytes) {
    ++recycled_;
    supervisor_.kill(child.pid);
    admission_.release(std::move(ticket));
    return;
  }
  admission_.give_back(std::move(ticket));
}

void EnginePool::Impl::discard(Ticket ticket, Attempt& attempt, const Request& request) {
  const int pid = ticket.child->pid;
  std::optional<ChildExit> exit;
  if (attempt.failure == Failure::kDied) {
    exit = supervisor_.exit_of(pid, kExitPatience);
    if (exit && exit->signal == SIGXCPU) {
      attempt.failure = Failure::kHung;
    }
  }
  supervisor_.kill(pid);
  admission_.release(std::move(ticket));
  if (attempt.failure == Failure::kNone || attempt.failure == Failure::kCancelled) {
    return;
  }
  attempt.failure == Failure::kHung ? ++timeouts_ : ++crashes_;
  log_warn("child failed", {{"operation", name_of(request.operation)},
                            {"failure", attempt.failure == Failure::kHung   ? "timeout"
                                        : attempt.failure == Failure::kDied ? "ended"
                                                                            : "nonsense"},
                            {"signal", exit ? exit->signal : 0}});
}

PoolStats EnginePool::Impl::stats() const {
  const Admission::Counts counts = admission_.counts();
  return {.children = counts.idle + counts.busy,
          .busy = counts.busy,
          .waiting = counts.waiting,
          .bytes_reserved = counts.bytes_reserved,
          .memory_budget = config_.memory_budget,
          .requests = requests_,
          .crashes = crashes_,
          .timeouts = timeouts_,
          .retries = retries_,
          .recycled = recycled_,
          .overloaded = counts.overloaded,
          .cancelled = cancelled_,
          .engine_restarts = supervisor_.restarts()};
}

Result<std::unique_ptr<EnginePool>> EnginePool::start(const PoolConfig& config) {
  auto impl = std::make_unique<Impl>(config);
  if (const Result<void> ready = impl->supervisor().wait_until_ready(); !ready) {
    return fail(ready.error());
  }
  return std::unique_ptr<EnginePool>(new EnginePool(std::move(impl)));
}

EnginePool::EnginePool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EnginePool::~EnginePool() = default;

Result<domain::ImageInfo> EnginePool::probe(int input) {
  Result<Json> answer = impl_->ask({.operation = Operation::kProbe, .info = {}, .render = {}}, input, {}, {}, {});
  if (!answer) {
    return fail(answer.error());
  }
  Result<domain::ImageInfo> info = domain::image_info_from_json(*answer);
  if (!info) {
    return fail_nonsense(info.error().private_message);
  }
  if (const Result<void> allowed = check_limits(*info, impl_->config()); !allowed) {
    return fail(allowed.error());
  }
  return info;
}

Result<domain::PreviewResult> EnginePool::preview(int input, const domain::ImageInfo& info, int thumbnail) {
  const std::array outputs = {thumbnail};
  Result<Json> answer =
      impl_->ask({.operation = Operation::kPreview, .info = info, .render = {}}, input, outputs, {}, {});
  if (!answer) {
    return fail(answer.error());
  }
  Result<domain::PreviewResult> result = preview_result_from_json(*answer);
  if (!result) {
    return fail_nonsense(result.error().private_message);
  }
  if (const Result<void> allowed = check_limits(result->info, impl_->config()); !allowed) {
    return fail(allowed.error());
  }
  result->thumbnail_bytes = size_of(thumbnail);
  return result;
}

Result<domain::Facts> EnginePool::look(int input, const domain::ImageInfo& info, std::stop_token stop,
                                       const domain::EngineTurn& turn) {
  Result<Json> answer =
      impl_->ask({.operation = Operation::kLook, .info = info, .render = {}}, input, {}, stop, {}, turn);
  if (!answer) {
    return fail(answer.error());
  }
  Result<domain::Facts> facts = domain::facts_from_json(*answer);
  return facts ? std::move(facts) : fail_nonsense(facts.error().private_message);
}

Result<domain::RenderResult> EnginePool::render(int input, const domain::ImageInfo& info,
                                                const domain::RenderRequest& request, std::span<const int> outputs,
                                                std::stop_token stop,
                                                const std::function<void(const std::string&)>& on_step,
                                                const domain::EngineTurn& turn) {
  if (outputs.size() != request.targets.size()) {
    return fail_internal("a render needs one output a target");
  }
  Result<Json> answer = impl_->ask({.operation = Operation::kRender, .info = info, .render = request}, input, outputs,
                                   stop, on_step, turn);
  if (!answer) {
    return fail(answer.error());
  }
  return checked_render(domain::render_result_from_json(*answer), request, outputs);
}

bool EnginePool::ready() {
  const Admission::Counts counts = impl_->admission().counts();
  return impl_->supervisor().is_ready() && counts.idle + counts.busy > 0;
}

PoolStats EnginePool::stats() const { return impl_->stats(); }
std::string EnginePool::vision() const { return impl_->supervisor().engine().vision; }
std::vector<int> EnginePool::children() const { return impl_->admission().pids(); }
int EnginePool::fork_server() const { return impl_->supervisor().pid(); }

}  // namespace pictor::engine
