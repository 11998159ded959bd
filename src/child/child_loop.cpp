#include "child/child_loop.hpp"

#include <chrono>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "child/allocator.hpp"
#include "child/sandbox/sandbox.hpp"
#include "engine/protocol/messages.hpp"

namespace pictor::child {
namespace {

using engine::Channel;
using engine::Frame;
using engine::FrameType;
using engine::Operation;
using engine::Request;

constexpr std::chrono::milliseconds kIdleBeforePurge{1'000};

/// Keeps freed memory from one picture for the next of at most its size; a larger one finds all of the limit free.
class KeptMemory {
 public:
  void before(const Request& request) {
    const std::int64_t pixels =
        request.info ? static_cast<std::int64_t>(request.info->width) * request.info->height : std::int64_t{0};
    if (pixels > largest_) {
      if (is_used_) {
        give_memory_back();
      }
      largest_ = pixels;
    }
    is_used_ = true;
  }
  void give_back() {
    give_memory_back();
    largest_ = 0;
    is_used_ = false;
  }
  [[nodiscard]] bool is_used() const { return is_used_; }

 private:
  std::int64_t largest_ = 0;  ///< pixels of a picture since the memory was given back
  bool is_used_ = false;
};

template <class T>
Result<Json> as_json(const Result<T>& result) {
  if (!result) {
    return fail(result.error());
  }
  using domain::to_json;
  using engine::to_json;
  return to_json(*result);
}

Result<Json> answer(Channel& channel, Operations& operations, KeptMemory& memory, const Frame& frame) {
  const Result<Request> request = engine::request_from_json(frame.body);
  if (!request) {
    return fail(request.error());
  }
  if (frame.descriptors.size() != engine::descriptors_of(*request)) {
    return fail_internal("request with another number of descriptors");
  }
  allow_cpu_seconds(request->cpu_seconds);
  memory.before(*request);
  const int input = frame.descriptors.front().get();
  switch (request->operation) {
    case Operation::kProbe:
      return as_json(operations.probe(input));
    case Operation::kPreview:
      return as_json(operations.preview(input, *request->info, frame.descriptors[1].get()));
    case Operation::kLook:
      return as_json(operations.look(input, *request->info));
    case Operation::kRender:
      break;
  }
  domain::RenderRequest render = *request->render;
  std::size_t first_output = 1;
  if (render.watermark) {
    render.watermark->file = frame.descriptors[first_output++].get();
  }
  std::vector<int> outputs;
  for (std::size_t i = first_output; i < frame.descriptors.size(); ++i) {
    outputs.push_back(frame.descriptors[i].get());
  }
  const auto on_step = [&](const std::string& step) {
    // A server that is gone shows at the next receive.
    (void)channel.send(FrameType::kStep, {{"step", step}});
  };
  return as_json(operations.render(input, *request->info, render, outputs, on_step));
}

Result<Json> answer_or_catch(Channel& channel, Operations& operations, KeptMemory& memory, const Frame& frame) {
  try {
    return answer(channel, operations, memory, frame);
  } catch (const std::bad_alloc&) {
    return fail({ErrorCode::kImageTooLarge, "The picture needs more memory than one picture may use.",
                 "out of memory in the child"});
  } catch (const std::exception& exception) {
    return fail_internal(exception.what());
  }
}

}  // namespace

bool serve_requests(Channel& channel, Operations& operations) {
  KeptMemory memory;
  while (true) {
    if (memory.is_used() && !channel.wait_readable(std::chrono::steady_clock::now() + kIdleBeforePurge)) {
      memory.give_back();
    }
    const auto frame = channel.receive({.descriptors = Channel::kMaxDescriptors});
    if (!frame) {
      return frame.error() == engine::ChannelFault::kClosed;
    }
    if (frame->type != FrameType::kRequest || frame->descriptors.empty()) {
      return false;
    }
    const Result<Json> result = answer_or_catch(channel, operations, memory, *frame);
    const auto sent = result ? channel.send(FrameType::kDone, *result)
                             : channel.send(FrameType::kError, engine::to_json(result.error()));
    if (!sent) {
      return sent.error() == engine::ChannelFault::kClosed;
    }
  }
}

}  // namespace pictor::child
