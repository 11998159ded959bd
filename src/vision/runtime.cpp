#include "vision/runtime.hpp"

#include <cstdlib>
#include <dlfcn.h>
#include <onnxruntime_cxx_api.h>
#include <utility>

namespace pictor::vision {

struct Runtime::State {
  Ort::Env environment{nullptr};
};

Runtime::Runtime(std::unique_ptr<State> state) : state_(std::move(state)) {}
// The library stays mapped: unloading it while static objects of its own live is not supported.
Runtime::~Runtime() = default;

Result<std::shared_ptr<const Runtime>> Runtime::open(const std::string& library) {
  // Since 1.29 the library reports to its maker (an upload thread, an identifier and a cache on disk) unless this is
  // set before its environment is made. Pictures' owners did not agree to that, and a thread would make forking unsafe.
  setenv("ORT_DISABLE_TELEMETRY", "1", 1);
  void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    return fail_internal(std::string("onnxruntime: ") + dlerror());
  }
  using GetApiBase = const OrtApiBase* (*)();
  const auto get_api_base = reinterpret_cast<GetApiBase>(dlsym(handle, "OrtGetApiBase"));
  const OrtApi* api = get_api_base == nullptr ? nullptr : get_api_base()->GetApi(ORT_API_VERSION);
  if (api == nullptr) {
    return fail_internal("onnxruntime: " + library + " is older than API version " + std::to_string(ORT_API_VERSION));
  }
  Ort::InitApi(api);
  try {
    auto state = std::make_unique<State>();
    state->environment = Ort::Env(ORT_LOGGING_LEVEL_ERROR, "pictor");
    state->environment.DisableTelemetryEvents();
    return std::shared_ptr<const Runtime>(new Runtime(std::move(state)));
  } catch (const Ort::Exception& error) {
    return fail_internal(std::string("onnxruntime: ") + error.what());
  }
}

struct Session::State {
  std::shared_ptr<const Runtime> runtime;  // before the session: it must die after it
  mutable Ort::Session session{nullptr};
  std::string input;
  std::vector<std::string> outputs;
  std::vector<const char*> output_names;
};

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

namespace {

Ort::SessionOptions single_threaded() {
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);
  options.SetInterOpNumThreads(1);
  options.SetExecutionMode(ORT_SEQUENTIAL);
  options.SetGraphOptimizationLevel(ORT_ENABLE_ALL);
  options.DisableCpuMemArena();
  options.DisableMemPattern();
  return options;
}

}  // namespace

Result<Session> Session::load(std::shared_ptr<const Runtime> runtime, const std::string& model) {
  try {
    auto state = std::make_unique<State>();
    state->session = Ort::Session(runtime->state_->environment, model.c_str(), single_threaded());
    state->runtime = std::move(runtime);
    Ort::AllocatorWithDefaultOptions allocator;
    state->input = state->session.GetInputNameAllocated(0, allocator).get();
    for (std::size_t i = 0; i < state->session.GetOutputCount(); ++i) {
      state->outputs.emplace_back(state->session.GetOutputNameAllocated(i, allocator).get());
    }
    for (const std::string& output : state->outputs) {
      state->output_names.push_back(output.c_str());
    }
    return Session(std::move(state));
  } catch (const Ort::Exception& error) {
    return fail_internal("onnxruntime: " + model + ": " + error.what());
  }
}

Result<std::vector<Tensor>> Session::run(std::span<const float> values, std::span<const std::int64_t> shape) const {
  try {
    const Ort::MemoryInfo memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    // The C API takes a mutable pointer for what it only reads.
    const Ort::Value input = Ort::Value::CreateTensor<float>(memory, const_cast<float*>(values.data()), values.size(),
                                                             shape.data(), shape.size());
    const char* input_name = state_->input.c_str();
    std::vector<Ort::Value> outputs = state_->session.Run(Ort::RunOptions{nullptr}, &input_name, &input, 1,
                                                          state_->output_names.data(), state_->output_names.size());
    std::vector<Tensor> tensors;
    for (const Ort::Value& output : outputs) {
      const auto info = output.GetTensorTypeAndShapeInfo();
      const float* first = output.GetTensorData<float>();
      tensors.push_back({info.GetShape(), {first, first + info.GetElementCount()}});
    }
    return tensors;
  } catch (const Ort::Exception& error) {
    return fail_internal(std::string("onnxruntime: ") + error.what());
  }
}

}  // namespace pictor::vision
