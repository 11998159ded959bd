// What a child that was taken over may say: frames as bytes on the socket, and the JSON in them.
#include <sys/socket.h>
#include <unistd.h>

#include "engine/protocol/channel.hpp"
#include "engine/protocol/messages.hpp"
#include "input.hpp"

namespace {

using namespace pictor;

void read_messages(const Json& body) {
  static_cast<void>(engine::error_from_child(body));
  const std::string step = engine::step_from_child(body);
  fuzz::require(step.size() <= 32 && step.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos);
  static_cast<void>(engine::preview_result_from_json(body));
  static_cast<void>(engine::engine_settings_from_json(body));
  static_cast<void>(engine::engine_ready_from_json(body));
  if (const auto request = engine::request_from_json(body)) {
    const auto again = engine::request_from_json(engine::to_json(*request));
    fuzz::require(again && engine::to_json(*again) == engine::to_json(*request));
  }
}

/// As the server receives from a child: few descriptors, small bodies, one deadline.
void read_frames(std::span<const std::uint8_t> bytes) {
  auto ends = engine::Channel::socket_pair();
  fuzz::require(ends.has_value());
  if (::send(ends->first.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
    return;
  }
  ends->first.reset();
  engine::Channel channel(std::move(ends->second));
  while (const auto frame = channel.receive({4'096, 1}, std::chrono::steady_clock::now() + std::chrono::seconds(5))) {
    fuzz::require(frame->descriptors.size() <= 1);
    read_messages(frame->body);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::span<const std::uint8_t> all(bytes, std::min<std::size_t>(size, 16'384));
  read_frames(all);
  if (const auto body = parse_json(fuzz::Input(bytes, size).text())) {
    read_messages(*body);
  }
  return 0;
}
