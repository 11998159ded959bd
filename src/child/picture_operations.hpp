#pragma once

#include "child/fork_server.hpp"

namespace pictor::child {

/// libvips and the models, loaded once for all children. Without models it still reads and writes pictures.
/// @error kInternal  libvips cannot be started
[[nodiscard]] Result<Loaded> load_pictures(const engine::EngineSettings& settings);

}  // namespace pictor::child
