#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace pictor::vision {

/// A float32 tensor, rows without gaps.
struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// ONNX Runtime, opened at run time (dlopen), so that nothing but the child ever maps it. One per process.
class Runtime {
 public:
  /// @param library  full path of libonnxruntime.so.1
  /// @error kInternal  the library is missing, or older than the headers
  [[nodiscard]] static Result<std::shared_ptr<const Runtime>> open(const std::string& library);

  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  ~Runtime();

 private:
  friend class Session;
  struct State;
  explicit Runtime(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// One loaded network. It starts no threads and has no arena: each run computes on the caller's thread and gives its
/// memory back, so that a process may fork after loading and share the weights. Thread-safe.
class Session {
 public:
  /// @param model  full path of an .onnx file; read whole here, never again
  /// @error kInternal  missing or not a model
  [[nodiscard]] static Result<Session> load(std::shared_ptr<const Runtime> runtime, const std::string& model);

  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  /// Runs the network on its one input.
  /// @param values  float32, as many as `shape` says
  /// @return  every output, in the order of the model file
  /// @error kInvalidField  the shape does not fit the values; kInternal  the run failed
  [[nodiscard]] Result<std::vector<Tensor>> run(std::span<const float> values,
                                                std::span<const std::int64_t> shape) const;

 private:
  struct State;
  explicit Session(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace pictor::vision
