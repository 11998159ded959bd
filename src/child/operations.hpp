#pragma once

#include <functional>
#include <span>
#include <string>

#include "domain/facts.hpp"
#include "domain/ports/image_engine.hpp"

namespace pictor::child {

/// What a child can do with a picture: domain::ImageEngine as it looks from inside the sandbox. Called on one thread.
/// Exceptions may leave; the child's loop turns them into errors.
class Operations {
 public:
  virtual ~Operations() = default;
  virtual Result<domain::ImageInfo> probe(int input) = 0;
  virtual Result<domain::PreviewResult> preview(int input, const domain::ImageInfo& info, int thumbnail) = 0;
  virtual Result<domain::Facts> look(int input, const domain::ImageInfo& info) = 0;
  virtual Result<domain::RenderResult> render(int input, const domain::ImageInfo& info,
                                              const domain::RenderRequest& request, std::span<const int> outputs,
                                              const std::function<void(const std::string&)>& on_step) = 0;
};

}  // namespace pictor::child
