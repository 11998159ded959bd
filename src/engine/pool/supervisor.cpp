#include "engine/pool/supervisor.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/log.hpp"
#include "domain/json_fields.hpp"

namespace pictor::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How often the thread looks after the number of children when nothing happens.
constexpr milliseconds kTick{500};
constexpr milliseconds kFirstPause{50};
constexpr milliseconds kLongestPause{5'000};
constexpr std::size_t kRememberedExits = 1'000;

}  // namespace

Supervisor::Supervisor(Plan plan, Admission& admission)
    : plan_(std::move(plan)), admission_(&admission), thread_([this](const std::stop_token& stop) { run(stop); }) {}

Supervisor::~Supervisor() {
  thread_.request_stop();
  {
    const std::scoped_lock lock(mutex_);
    process_.control().shut_down();
  }
  changed_.notify_all();
  thread_.join();
}

Result<void> Supervisor::wait_until_ready() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, plan_.start_timeout + kTick, [&] { return is_ready_ || first_failure_.has_value(); });
  if (first_failure_) {
    return fail(*first_failure_);
  }
  return is_ready_ ? Result<void>() : fail_internal("the engine did not get ready in time");
}

void Supervisor::run(const std::stop_token& stop) {
  milliseconds pause = kFirstPause;
  while (!stop.stop_requested()) {
    if (const Result<void> started = start_engine(stop); started) {
      pause = kFirstPause;
      listen(stop);
      lose_engine(stop);
    } else if (!stop.stop_requested()) {
      log_error("engine could not be started", {{"cause", started.error().private_message}});
      std::unique_lock lock(mutex_);
      first_failure_ = started.error();
      changed_.notify_all();
      process_.end();
    }
    if (!stop.stop_requested()) {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, pause, [] { return false; });
      pause = std::min(pause * 2, kLongestPause);
      ++restarts_;
    }
  }
  process_.end();
}

Result<void> Supervisor::start_engine(const std::stop_token& stop) {
  Result<EngineProcess> process = EngineProcess::start(plan_.engine_path);
  if (!process) {
    return fail(process.error());
  }
  {
    const std::scoped_lock lock(mutex_);
    process_ = *std::move(process);
    if (stop.stop_requested()) {
      return fail_internal("the pool ends");
    }
  }
  const auto deadline = steady_clock::now() + plan_.start_timeout;
  Channel& control = process_.control();
  if (const auto sent = control.send(FrameType::kStart, to_json(plan_.settings), {}, deadline); !sent) {
    return fail_internal("engine ended at its start");
  }
  const auto answer = control.receive({}, deadline);
  if (!answer) {
    return fail_internal("engine did not get ready: " + std::string(name_of(answer.error())));
  }
  if (answer->type != FrameType::kReady) {
    return fail_internal(error_from_child(answer->body).private_message);
  }
  const std::scoped_lock lock(mutex_);
  engine_ = engine_ready_from_json(answer->body);
  first_failure_.reset();
  is_ready_ = true;
  log_info("engine ready", {{"children", plan_.children}, {"sandbox", engine_.sandbox}, {"vision", engine_.vision}});
  if (!engine_.missing.empty()) {
    log_warn("this kernel lacks parts of the sandbox; going on without them", {{"missing", engine_.missing}});
  }
  if (!engine_.vision_problem.empty()) {
    log_warn("no picture can be looked at", {{"cause", engine_.vision_problem}});
  }
  ask_for_children();
  changed_.notify_all();
  return {};
}

void Supervisor::listen(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto waited = process_.control().wait_readable(steady_clock::now() + kTick);
    if (!waited && waited.error() == ChannelFault::kTimeout) {
      complete_children();
      continue;
    }
    auto frame = process_.control().receive({.descriptors = 1}, steady_clock::now() + kTick);
    if (!frame) {
      return;
    }
    take(*std::move(frame));
  }
}

void Supervisor::take(Frame frame) {
  const domain::FieldReader fields(frame.body);
  const int pid = fields.integer("pid");
  if (frame.type == FrameType::kChild) {
    auto child = std::make_unique<Child>();
    child->pid = pid;
    {
      const std::scoped_lock lock(mutex_);
      asked_for_ = std::max(0, asked_for_ - 1);
      exits_.erase(pid);
      if (frame.descriptors.size() != 1) {
        return;  // the fork failed; the next tick asks again
      }
      // Under the lock, so that nobody counts it as missing in between.
      child->channel = Channel(std::move(frame.descriptors.front()));
      admission_->add(std::move(child));
    }
    changed_.notify_all();
  } else if (frame.type == FrameType::kExited) {
    {
      const std::scoped_lock lock(mutex_);
      if (exits_.size() >= kRememberedExits) {
        exits_.clear();
      }
      exits_[pid] = {fields.integer("signal"), fields.integer("code")};
    }
    changed_.notify_all();
    if (admission_->remove_idle(pid)) {
      log_warn("idle child ended", {{"signal", fields.integer("signal")}, {"code", fields.integer("code")}});
    }
    complete_children();
  }
}

void Supervisor::lose_engine(const std::stop_token& stop) {
  {
    const std::scoped_lock lock(mutex_);
    is_ready_ = false;
    asked_for_ = 0;
    process_.end();
  }
  // Its children ended with it; busy ones are their requests' matter.
  admission_->drop_idle();
  if (!stop.stop_requested()) {
    log_error("engine ended; starting it again");
  }
}

void Supervisor::ask_for_children() {
  const Admission::Counts counts = admission_->counts();
  const int missing = plan_.children - counts.idle - counts.busy - asked_for_;
  for (int i = 0; is_ready_ && i < missing; ++i) {
    if (!process_.control().send(FrameType::kSpawn, Json::object())) {
      return;  // it is gone: the thread will see
    }
    ++asked_for_;
  }
}

void Supervisor::complete_children() {
  const std::scoped_lock lock(mutex_);
  ask_for_children();
}

void Supervisor::kill(int pid) {
  const std::scoped_lock lock(mutex_);
  if (is_ready_) {
    (void)process_.control().send(FrameType::kKill, {{"pid", pid}});
  }
}

std::optional<ChildExit> Supervisor::exit_of(int pid, milliseconds patience) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [&] { return exits_.contains(pid) || !is_ready_; });
  const auto found = exits_.find(pid);
  return found == exits_.end() ? std::nullopt : std::optional(found->second);
}

bool Supervisor::is_ready() const {
  const std::scoped_lock lock(mutex_);
  return is_ready_;
}

std::int64_t Supervisor::restarts() const {
  const std::scoped_lock lock(mutex_);
  return restarts_;
}

EngineReady Supervisor::engine() const {
  const std::scoped_lock lock(mutex_);
  return engine_;
}

int Supervisor::pid() const {
  const std::scoped_lock lock(mutex_);
  return process_.pid();
}

}  // namespace pictor::engine
