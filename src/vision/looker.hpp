#pragma once

#include <memory>
#include <string>

#include "domain/facts.hpp"
#include "vision/pixels.hpp"

namespace pictor::vision {

struct Evidence;

/// Where the models and their runtime lie.
struct VisionConfig {
  std::string models;   ///< folder of the .onnx files, labels.json and text_characters.txt; empty: the one of the build
  std::string library;  ///< full path of libonnxruntime.so.1; empty: the one of the build
};

/// Looks at pictures: every model, loaded once.
///
/// Load it in the parent, before forking: nothing opens a file or starts a thread after `load`, so that a child may
/// look under a sandbox that allows neither, and the weights (about 130 MB) stay shared. `look` is thread-safe, runs on
/// the caller's thread, and takes 200 to 450 ms.
class Looker {
 public:
  /// @error kInternal  a file is missing or unusable; the private message names it
  [[nodiscard]] static Result<std::unique_ptr<const Looker>> load(const VisionConfig& config = {});

  /// Everything that can be seen in the picture.
  /// @error kImageUnreadable  the pixels have no size, or fewer bytes than they claim; kInternal  a model failed
  [[nodiscard]] Result<domain::Facts> look(const Pixels& pixels) const;

  /// Name and version, as `metadata.model` gives it.
  [[nodiscard]] static std::string model_name();

  Looker(const Looker&) = delete;
  Looker& operator=(const Looker&) = delete;
  ~Looker();

 private:
  struct Models;
  explicit Looker(std::unique_ptr<const Models> models);
  [[nodiscard]] Result<void> warm_up() const;
  /// Classifies the crops of doubtful detections, and adds what was seen to the evidence.
  [[nodiscard]] Result<void> look_closer(const Pixels& pixels, Evidence& evidence) const;
  std::unique_ptr<const Models> models_;
};

}  // namespace pictor::vision
