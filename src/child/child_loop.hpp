#pragma once

#include "child/operations.hpp"
#include "engine/protocol/channel.hpp"

namespace pictor::child {

/// Answers requests, one after another, until the server closes the channel (true) or something passes over it that is
/// no request (false).
bool serve_requests(engine::Channel& channel, Operations& operations);

}  // namespace pictor::child
