#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "domain/ports/image_engine.hpp"

namespace pictor::engine {

enum class Operation { kProbe, kPreview, kLook, kRender };
[[nodiscard]] std::string_view name_of(Operation operation);

/// What a child is asked. Its frame carries the input's descriptor first, then the watermark's where a render has one,
/// then one for each output: one thumbnail for a preview, one a target for a render.
struct Request {
  Operation operation = Operation::kProbe;
  std::optional<domain::ImageInfo> info;  ///< all but probe
  std::optional<domain::RenderRequest> render;
  int cpu_seconds = 0;  ///< of this request alone; 0: no limit
};
[[nodiscard]] Json to_json(const Request& request);
/// @error kInternal  unknown operation, or a part is missing that it needs
[[nodiscard]] Result<Request> request_from_json(const Json& json);
/// Descriptors that the request must come with.
[[nodiscard]] std::size_t descriptors_of(const Request& request);

/// A failure as it passes the border.
[[nodiscard]] Json to_json(const Error& error);
/// What a child says went wrong, cut to what a child may say: codes about pictures only (others become kInternal),
/// short printable messages.
[[nodiscard]] Error error_from_child(const Json& json);

/// A step's name as a child sends it: 1 to 32 of [a-z_], else empty.
[[nodiscard]] std::string step_from_child(const Json& json);

[[nodiscard]] Json to_json(const domain::PreviewResult& result);
[[nodiscard]] Result<domain::PreviewResult> preview_result_from_json(const Json& json);

/// What the server tells the fork server before it loads anything.
struct EngineSettings {
  std::int64_t max_pixels = 100'000'000;   ///< of one frame
  int max_frames = 300;                    ///< of an animation
  std::string models;                      ///< folder; empty: the one of the build
  std::string onnxruntime;                 ///< full path of the library; empty: the one of the build
  std::int64_t memory_bytes = 4LL << 30U;  ///< that one child may allocate
  std::int64_t file_bytes = 512LL << 20U;  ///< of one output file
  bool vision = true;                      ///< false: `look` is refused and no model is loaded
};
[[nodiscard]] Json to_json(const EngineSettings& settings);
[[nodiscard]] EngineSettings engine_settings_from_json(const Json& json);

/// What the fork server says once children can be forked.
struct EngineReady {
  std::vector<std::string> sandbox;  ///< parts in force: landlock7, seccomp, …
  std::vector<std::string> missing;  ///< parts that this kernel refused
  std::string vision;                ///< name of what looks; empty when the models could not be loaded
  std::string vision_problem;        ///< for the log
};
[[nodiscard]] Json to_json(const EngineReady& ready);
[[nodiscard]] EngineReady engine_ready_from_json(const Json& json);

}  // namespace pictor::engine
